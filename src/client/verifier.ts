import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';

export interface VerifierOptions {
  /** The broker's address. */
  readonly issuer: string;
  /** Your API's identifier, which its tokens must name as `aud`. */
  readonly audience: string;
  /** The accepted signing algorithm: the API's `signing_alg` at the broker. RS256 by default. */
  readonly algorithms?: readonly string[];
}

/** A verified access token. */
export interface Authentication {
  /** The user's id, or the app's own where it acts for no user. */
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  readonly claims: JWTPayload;
}

/** A refusal with 401, 403 or 503 and the header that states the reason (RFC 6750 section 3). */
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
  /** Verifies an `Authorization` header (RFC 9068 section 4). @throws AccessRefusedError */
  authenticate(
    authorization: string | null | undefined,
    scope?: string | readonly string[],
  ): Promise<Authentication>;
}

/** Creates a verifier. It fetches keys once, and again for an unknown key id. */
export function createVerifier({ issuer, audience, algorithms = ['RS256'] }: VerifierOptions): Verifier {
  const base = issuer.replace(/\/$/, '');
  const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`));
  const rules = {
    issuer: base,
    audience,
    algorithms: [...algorithms],
    typ: 'at+jwt',
    requiredClaims: ['sub', 'client_id', 'iat', 'exp', 'jti'],
  };

  async function claimsOf(token: string): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, keys, rules)).payload;
    } catch (error) {
      if (isAboutToken(error)) throw new AccessRefusedError(401, challenge('invalid_token'), error);
      throw new AccessRefusedError(503, { 'Retry-After': '1' }, error);
    }
  }

  return {
    async authenticate(authorization, scope = []) {
      const [, token] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '') ?? [];
      // A request without a token is told what to bring, without an error code (RFC 6750 section 3).
      if (token === undefined) throw new AccessRefusedError(401, { 'WWW-Authenticate': 'Bearer' });
      const claims = await claimsOf(token);
      const scopes = new Set(textIn(claims.scope).split(' ').filter(Boolean));
      const wanted = [scope].flat();
      if (!wanted.every((one) => scopes.has(one)))
        throw new AccessRefusedError(403, challenge('insufficient_scope', wanted.join(' ')));
      return { subject: claims.sub ?? '', clientId: textIn(claims.client_id), scopes, claims };
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

function challenge(error: string, scope?: string): Record<string, string> {
  const needed = scope === undefined ? '' : `, scope="${scope}"`;
  return { 'WWW-Authenticate': `Bearer error="${error}"${needed}` };
}

function textIn(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}
