import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { type Now, systemNow } from './clock.ts';
import { createProofCheck, ProofRefusedError, type ProvenRequest, proofAlgorithms } from './dpop-check.ts';
import { fieldsOf, textOf } from './json.ts';

export type { ProvenRequest } from './dpop-check.ts';

export interface VerifierOptions {
  /** The broker's address. */
  readonly issuer: string;
  /** Your API's identifier, which its tokens must name as `aud`. */
  readonly audience: string;
  /** The accepted signing algorithm: the API's `signing_alg` at the broker. RS256 by default. */
  readonly algorithms?: readonly string[];
  readonly now?: Now;
}

/** A verified access token. */
export interface Authentication {
  /** The user's id, or the app's own where it acts for no user. */
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  readonly claims: JWTPayload;
  readonly token: string;
}

/** A refusal with 401, 403 or 503 and the header that states the reason (RFC 6750 section 3, RFC 9449 section 7.1). */
export class AccessRefusedError extends Error {
  override readonly name = 'AccessRefusedError';
  readonly status: 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: 401 | 403 | 503, headers: Readonly<Record<string, string>>, cause?: unknown) {
    super(`access refused: ${status}`, { cause });
    this.status = status;
    this.headers = headers;
  }
}

export interface Verifier {
  /**
   * Verifies an `Authorization` header (RFC 9068 section 4). A token that is bound to a key needs the request with its proof;
   * without it, such a token is refused. @throws AccessRefusedError
   */
  authenticate(
    authorization: string | null | undefined,
    scope?: string | readonly string[],
    request?: ProvenRequest,
  ): Promise<Authentication>;
}

type Scheme = 'Bearer' | 'DPoP';

/** Creates a verifier. It fetches keys once, and again for an unknown key id. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, audience, algorithms = ['RS256'], now = systemNow } = options;
  const base = issuer.replace(/\/$/, '');
  const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`));
  const checkProof = createProofCheck(now);
  const rules = {
    issuer: base,
    audience,
    algorithms: [...algorithms],
    typ: 'at+jwt',
    requiredClaims: ['sub', 'client_id', 'iat', 'exp', 'jti'],
  };

  async function claimsOf(token: string, scheme: Scheme): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, keys, { ...rules, currentDate: new Date(now()) })).payload;
    } catch (error) {
      if (isAboutToken(error)) throw refusal(scheme, 'invalid_token', error);
      throw new AccessRefusedError(503, { 'Retry-After': '1' }, error);
    }
  }

  /** RFC 9449 section 7.1, RFC 7800: a bound token counts only with a proof of its key. */
  async function checkSender(
    { token, scheme, cnf }: { token: string; scheme: Scheme; cnf: unknown },
    request: ProvenRequest | undefined,
  ): Promise<void> {
    const isBound = cnf !== undefined;
    if (isBound !== (scheme === 'DPoP')) throw refusal(scheme, 'invalid_token');
    if (!isBound) return;
    if (!request) throw refusal(scheme, 'invalid_dpop_proof');
    const thumbprint = await checkProof(request, token).catch((error: unknown) => {
      throw error instanceof ProofRefusedError ? refusal(scheme, 'invalid_dpop_proof', error) : error;
    });
    if (textOf(fieldsOf(cnf).jkt) !== thumbprint) throw refusal(scheme, 'invalid_token');
  }

  return {
    async authenticate(authorization, scope = [], request) {
      const [, given = '', token] = /^(Bearer|DPoP) +([\w.~+/-]+=*) *$/i.exec(authorization ?? '') ?? [];
      // A request without a token is told what to bring, without an error code (RFC 6750 section 3).
      if (token === undefined) throw new AccessRefusedError(401, { 'WWW-Authenticate': 'Bearer' });
      const scheme = given.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer';
      const claims = await claimsOf(token, scheme);
      await checkSender({ token, scheme, cnf: claims.cnf }, request);
      const scopes = new Set((textOf(claims.scope) ?? '').split(' ').filter(Boolean));
      const wanted = [scope].flat();
      if (!wanted.every((one) => scopes.has(one)))
        throw new AccessRefusedError(403, challenge(scheme, 'insufficient_scope', wanted.join(' ')));
      const clientId = textOf(claims.client_id) ?? '';
      return { subject: claims.sub ?? '', clientId, scopes, claims, token };
    },
  };
}

/** Errors of the token itself; failed key requests are not among them. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey
  );
}

function refusal(scheme: Scheme, error: string, cause?: unknown): AccessRefusedError {
  return new AccessRefusedError(401, challenge(scheme, error), cause);
}

function challenge(scheme: Scheme, error: string, scope?: string): Record<string, string> {
  const needed = scope === undefined ? '' : `, scope="${scope}"`;
  const algorithms = scheme === 'DPoP' ? `, algs="${proofAlgorithms.join(' ')}"` : '';
  return { 'WWW-Authenticate': `${scheme} error="${error}"${needed}${algorithms}` };
}
