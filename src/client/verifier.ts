import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';

export interface VerifierOptions {
  /** The broker's address. */
  readonly issuer: string;
  /** Your API's identifier, which its tokens must name as `aud`. */
  readonly audience: string;
  /** What tokens may be signed with: the API's `signing_alg` at the broker. RS256 unless told. */
  readonly algorithms?: readonly string[];
}

/** An access token that has been verified. */
export interface Authentication {
  /** The person's id, or the app's own where it acts for nobody. */
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  readonly claims: JWTPayload;
}

/** Answers 401, 403 or 503, with the header that says why (RFC 6750 section 3). */
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
  /** Checks an `Authorization` header (RFC 9068 section 4). @throws AccessRefusedError */
  authenticate(
    authorization: string | null | undefined,
    scope?: string | readonly string[],
  ): Promise<Authentication>;
}

/** Lets keys be fetched once, and again when a key comes that is not among them. */
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
      // Whoever brought nothing is told what to bring, and of no error.
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

/** Not about the way to the keys. */
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
