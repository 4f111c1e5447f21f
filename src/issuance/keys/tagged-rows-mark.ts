import { z } from 'zod';
import { type Keyring, UnreadableError } from '../../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../../kit/keys/sealed-column.ts';
import { sealContext } from './make-signing-key.ts';
import type { SigningKeyStore } from './signing-key-store.ts';

/**
 * A member inside the sealed JWK of a signing key: rows without a right tag are refused in this database. A writer to
 * the database who deletes the key of the row tags cannot make signing keys without it.
 */
export const taggedRowsMember = 'symbolon_rows';

const markedJwk = z.looseObject({ [taggedRowsMember]: z.literal('tagged').optional() });

/** `none`: there is no signing key. */
export async function markOfSigningKeys(
  store: Pick<SigningKeyStore, 'all'>,
  keyring: Keyring,
): Promise<'none' | 'unmarked' | 'marked'> {
  const keys = await store.all();
  if (keys.length === 0) return 'none';
  const marked = keys.some(({ id, privateJwk }) => {
    const jwk = opened(keyring, id, privateJwk);
    return jwk?.[taggedRowsMember] === 'tagged';
  });
  return marked ? 'marked' : 'unmarked';
}

/** Adds the mark to the signing keys that lack it. */
export async function markSigningKeys(
  store: Pick<SigningKeyStore, 'all' | 'replacePrivate'>,
  keyring: Keyring,
): Promise<void> {
  for (const { id, privateJwk } of await store.all()) {
    const jwk = opened(keyring, id, privateJwk);
    if (!jwk || jwk[taggedRowsMember] === 'tagged') continue;
    const marked = JSON.stringify({ ...jwk, [taggedRowsMember]: 'tagged' });
    await store.replacePrivate(id, privateJwk, sealColumn(keyring, marked, sealContext(id)));
  }
}

/** Returns undefined for a key that the encryption keys do not open. Loading it fails elsewhere, with a reason. */
function opened(keyring: Keyring, id: string, sealed: Uint8Array) {
  try {
    return markedJwk.parse(JSON.parse(openColumn(keyring, sealed, sealContext(id))));
  } catch (error) {
    if (error instanceof UnreadableError) return undefined;
    throw error;
  }
}
