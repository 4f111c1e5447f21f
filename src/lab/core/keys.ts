import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

export type SigningKeys = ReturnType<typeof createSigningKeys>;

/** RS256 keys of one provider, made at first use; the newest signs, all are published. */
export function createSigningKeys(saved: readonly JWK[], changed: () => void) {
  const keys: JWK[] = [...saved];
  let making: Promise<JWK> | undefined;

  async function make(): Promise<JWK> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(privateKey);
    const key = { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', use: 'sig' };
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
    async sign(claims: Record<string, unknown>): Promise<string> {
      const jwk = await current();
      const header = { alg: 'RS256', kid: jwk.kid ?? '', typ: 'JWT' };
      return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(jwk, 'RS256'));
    },
    async published(): Promise<{ keys: JWK[] }> {
      await current();
      return { keys: keys.map(({ kty, n, e, kid, alg, use }) => ({ kty, n, e, kid, alg, use }) as JWK) };
    },
    /** A new key signs from now on; with `drop` the old ones are withdrawn as well. */
    async rotate(drop: boolean): Promise<void> {
      if (drop) keys.length = 0;
      making = make();
      await making;
    },
  };
}
