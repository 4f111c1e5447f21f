import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

export type SigningAlgorithm = 'RS256' | 'ES256';

interface KeyDeps {
  readonly algorithm: SigningAlgorithm;
  readonly saved: readonly JWK[];
  readonly changed: () => void;
}

export type SigningKeys = ReturnType<typeof createSigningKeys>;

/** The signing keys of one provider, created at first use. The newest signs, all are published. */
export function createSigningKeys({ algorithm, saved, changed }: KeyDeps) {
  const keys: JWK[] = [...saved];
  let making: Promise<JWK> | undefined;

  async function make(): Promise<JWK> {
    const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const jwk = await exportJWK(privateKey);
    const key = { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: 'sig' };
    keys.unshift(key);
    changed();
    return key;
  }

  async function current(): Promise<JWK> {
    making ??= keys[0] === undefined ? make() : Promise.resolve(keys[0]);
    return making;
  }

  return {
    records: () => keys,
    async sign(claims: Record<string, unknown>, typ = 'JWT'): Promise<string> {
      const jwk = await current();
      const header = { alg: algorithm, kid: jwk.kid ?? '', typ };
      return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(jwk, algorithm));
    },
    async published(): Promise<{ keys: JWK[] }> {
      await current();
      return { keys: keys.map(publicPart) };
    },
    /** Adds a new signing key; with `drop` the old ones are no longer published. */
    async rotate(drop: boolean): Promise<void> {
      if (drop) keys.length = 0;
      making = make();
      await making;
    },
  };
}

function publicPart({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest }: JWK): JWK {
  return rest;
}

/** Signs with the client secret (OpenID Connect Core 10.1). There is no `kid`, since there is one key only. */
export async function signHmac(claims: Record<string, unknown>, secret: string): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret));
}
