import type { JWK } from 'jose';
import { after, type Clock, days, hours } from '../../kit/clock.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import { openColumn } from '../../kit/keys/sealed-column.ts';
import { signingAlg, signingAlgs } from '../registry/signing-alg.ts';
import { makeSigningKey, sealContext } from './make-signing-key.ts';
import { type IsSignedBy, signatureCheck } from './signature.ts';
import type { SigningKeyLife, SigningKeyStore, StoredSigningKey } from './signing-key-store.ts';
import { taggedRowsMember } from './tagged-rows-mark.ts';

/**
 * The keys that sign our tokens. A key is published long before it signs, because apps cache the key set. After it has
 * retired it stays in the set until every token that it signed has expired.
 *
 * This inner room owns the keys, their rotation and their sealing. It signs nothing itself: `provider` gives the keys to
 * oidc-provider, and `tokens` verifies with them.
 */
export interface SigningKeys {
  /** Returns the private keys. Of each algorithm, the signing key comes first. */
  privateKeys(): readonly JWK[];
  /** Returns the check of signatures by a key of the set, if the key is for this algorithm. */
  verifierOf(kid: string, alg: string): IsSignedBy | undefined;
  /** Returns whether the key is in the set. */
  has(kid: string): boolean;
  /** Reads the table again and returns whether the keys have changed. */
  reload(): Promise<boolean>;
  /** Adds a new key of each algorithm. `compromised`: the old keys leave the set at once, which ends every token they signed. */
  rotate(options?: { readonly compromised?: boolean }): Promise<void>;
  /** Rotates when the signing key has signed for 90 days. Returns whether it did. */
  rotateWhenDue(): Promise<boolean>;
  /** Returns since when the next signing key has been in the set. */
  publishedSince(): Promise<Date>;
  dropRetired(): Promise<void>;
  /** Returns the life of each key, without the key itself. */
  lives(): Promise<readonly SigningKeyLife[]>;
}

/** Apps cache a key set for a shorter time, so they know a key that was published so long ago. */
export const leastPublished = hours(1);

/** The interval of scheduled rotation. The next key has then been in the set for as long. */
const signingLife = days(90);

/** A retired key stays in the set for this long, which is the longest lifetime of a token. */
const retiredFor = days(30);
const stateOrder = { signing: 0, published: 1, retired: 2 };

/** RS256 comes first: some libraries ignore `kid`, try one key after the other, and fail at an unknown key type. */
function rankOf({ alg, state }: StoredSigningKey): number {
  return signingAlgs.indexOf(alg) * 3 + stateOrder[state];
}

export async function createSigningKeys(
  store: SigningKeyStore,
  keyring: Keyring,
  clock: Clock,
): Promise<SigningKeys> {
  let keys: readonly JWK[] = [];
  let verifiers = new Map<string, IsSignedBy>();

  const read = async () => {
    const stored = [...(await store.all())].sort((one, other) => rankOf(one) - rankOf(other));
    return stored.map((key) => openKey(keyring, key));
  };
  const use = (loaded: readonly JWK[]) => {
    const changed = loaded.map(({ kid }) => kid).join() !== keys.map(({ kid }) => kid).join();
    keys = loaded;
    verifiers = new Map(loaded.map((key) => [`${key.alg} ${key.kid}`, verifierOf(key)]));
    return changed;
  };

  const algsWithKeys = new Set((await store.all()).map(({ alg }) => alg));
  for (const alg of signingAlgs) {
    if (!algsWithKeys.has(alg))
      await store.insertFirst(await makeSigningKey(keyring, alg), await makeSigningKey(keyring, alg));
  }
  use(await read());

  const rotate = async ({ compromised = false } = {}) => {
    const next = signingAlgs.map((alg) => makeSigningKey(keyring, alg));
    await store.rotate(await Promise.all(next), clock.now());
    if (compromised) await store.dropRetired(clock.now());
    use(await read());
  };

  return {
    privateKeys: () => keys,
    verifierOf: (kid, alg) => verifiers.get(`${alg} ${kid}`),
    has: (kid) => keys.some((key) => key.kid === kid),
    reload: async () => use(await read()),
    rotate,
    async rotateWhenDue() {
      const { signing } = await store.since();
      if (after(signing, signingLife) > clock.now()) return false;
      await rotate();
      return true;
    },
    lives: store.lives,
    publishedSince: async () => (await store.since()).published,
    dropRetired: () => store.dropRetired(new Date(clock.now().getTime() - retiredFor)),
  };
}

function verifierOf(key: JWK): IsSignedBy {
  const { kty = '', crv = '', x = '', y = '', n = '', e = '' } = key;
  const isSignedBy = signatureCheck(signingAlg.parse(key.alg), { kty, crv, x, y, n, e });
  if (!isSignedBy) throw new Error(`the signing key ${key.kid} does not fit its algorithm`);
  return isSignedBy;
}

function openKey(keyring: Keyring, { id, privateJwk }: StoredSigningKey): JWK {
  const { [taggedRowsMember]: _mark, ...jwk }: JWK & { [taggedRowsMember]?: string } = JSON.parse(
    openColumn(keyring, privateJwk, sealContext(id)),
  );
  return jwk;
}
