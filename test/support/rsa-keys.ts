// Generating an RSA key takes as long as many tests. Each file gets the keys that its worker has generated
// before, in the same order, and none of them twice.

type Generate = typeof crypto.subtle.generateKey;

const shared = globalThis as { rsaKeys?: { readonly made: Promise<CryptoKeyPair>[]; taken: number } };

if (!shared.rsaKeys) {
  const keys = { made: [] as Promise<CryptoKeyPair>[], taken: 0 };
  shared.rsaKeys = keys;
  const generate: Generate = crypto.subtle.generateKey.bind(crypto.subtle);
  const pooled = async (...asked: Parameters<Generate>) => {
    if (!isUsual(asked)) return await generate(...asked);
    const place = keys.taken++;
    keys.made[place] ??= generate(...asked) as Promise<CryptoKeyPair>;
    return await keys.made[place];
  };
  crypto.subtle.generateKey = pooled as Generate;
}
shared.rsaKeys.taken = 0;

function isUsual([algorithm, extractable]: Parameters<Generate>): boolean {
  const { name, modulusLength, hash } = algorithm as unknown as {
    readonly name?: string;
    readonly modulusLength?: number;
    readonly hash?: string;
  };
  return name === 'RSASSA-PKCS1-v1_5' && hash === 'SHA-256' && modulusLength === 2048 && extractable;
}
