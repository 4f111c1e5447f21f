import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createLostApprovals } from '../admin/people/lost-approvals-store.ts';
import { createLostAgentApprovals } from '../agents/lost-approvals-store.ts';
import { findIdentityOwners } from '../identities/identity-owners-store.ts';
import { createLostSigningKeys } from '../issuance/keys/lost-signing-keys-store.ts';
import { createEventAppender } from '../kit/events/event-store.ts';
import { causeOf } from '../kit/events/events.ts';
import type { LostRows } from '../kit/keys/lost-rows.ts';
import { createLostRowTagKey } from '../kit/keys/row-tag-key-store.ts';
import { createRowTags } from '../kit/keys/row-tags.ts';
import { wrappedIn } from '../kit/keys/sealed-column.ts';
import { createConnectionStore } from '../login/connection-store.ts';
import { createLostAttempts, createLostConnectionSecrets } from '../login/lost-secrets-store.ts';
import { createLostEntries, type OwnersOf } from '../vault/lost-entries-store.ts';
import {
  createLostRemovedConnections,
  createLostRevocations,
} from '../vault/upstream-revocation/lost-revocations-store.ts';
import { createLostSigningSecrets } from '../webhooks/lost-signing-secrets-store.ts';
import type { UncheckedStore } from './open-store.ts';

/** Returns every kind of value that is given up with a lost key, in the order of the work. */
export function lostRowsOf({
  database,
  keyring,
}: Pick<UncheckedStore, 'database' | 'keyring'>): readonly LostRows[] {
  const { pool } = database;
  const connections = createConnectionStore(database, believingAll());
  const ownersOf: OwnersOf = async (identityIds) => {
    const aliases = new Map((await connections.all()).map(({ id, alias }) => [id, alias]));
    const owners = await findIdentityOwners(pool, identityIds);
    return new Map(
      [...owners].map(([id, { userId, connectionId }]) => [
        id,
        { userId, connection: aliases.get(connectionId) ?? '' },
      ]),
    );
  };
  const append = createEventAppender(pool);
  const entries = { pool, currentKeyId: keyring.currentKeyId, ownersOf, append, cause: causeOf({}) };
  return [
    ...createLostConnectionSecrets(pool, connections),
    createLostSigningKeys(pool, keyring),
    createLostSigningSecrets(pool, keyring),
    createLostRemovedConnections(pool),
    createLostRevocations(pool),
    createLostAttempts(pool),
    createLostApprovals(pool),
    createLostAgentApprovals(pool),
    createLostEntries(entries),
    createLostRowTagKey(pool),
  ];
}

/** The report only names connections, and the key of the tags may be lost too. */
const believingAll = () => createRowTags(new Uint8Array(32), 'adopting');

/** Returns the files of refreshed tokens on this machine that the keys sealed. */
export async function lostSpills(directory: string, keyIds: readonly string[]): Promise<readonly string[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) =>
    /\.sealed(\.broken)?$/.test(name),
  );
  const found: string[] = [];
  for (const name of names) {
    const place = path.join(directory, name);
    const { keyId } = wrappedIn(await readFile(place).catch(() => new Uint8Array()));
    if (keyIds.includes(keyId)) found.push(place);
  }
  return found;
}
