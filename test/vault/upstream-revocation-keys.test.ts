import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { rewrap } from '../../src/kit/keys/rewrap.ts';
import { openColumn, sealColumn } from '../../src/kit/keys/sealed-column.ts';
import { Secret } from '../../src/kit/secret.ts';
import { openTokens, sealTokens } from '../../src/vault/entry-tokens.ts';
import { createEnqueueStore } from '../../src/vault/upstream-revocation/enqueue-store.ts';
import { createRemovedConnectionStore } from '../../src/vault/upstream-revocation/removed-connection-store.ts';
import { removedConnectionContext } from '../../src/vault/upstream-revocation/removed-connections.ts';
import { createRevocationQueueStore } from '../../src/vault/upstream-revocation/revocation-queue-store.ts';
import {
  createRemovedConnectionSeals,
  createRevocationSeals,
} from '../../src/vault/upstream-revocation/revocation-seals-store.ts';
import { freshDatabase } from '../support/database.ts';

const k1 = { id: 'k1', key: randomBytes(32) };
const k2 = { id: 'k2', key: randomBytes(32) };

test('a change of keys re-seals queued revocations', async () => {
  const database = await freshDatabase();
  const entries = createEnqueueStore(database);
  const removed = createRemovedConnectionStore(database);
  const now = new Date();
  const owner = ['usr_gone', 'con_gone', '', ''] as const;
  const place = { identityId: 'idn_gone', owner, version: 0 };
  const holder = {
    identityId: 'idn_gone',
    userId: 'usr_gone',
    connectionId: 'con_gone',
    connection: undefined,
  };
  const tokens = { accessToken: new Secret('at'), refreshToken: undefined, parameters: {}, origins: [] };
  const older = createKeyring([k1]);
  await entries.enqueueTokens(
    holder,
    { ...sealTokens(older, tokens, place), ...place, accessExpiresAt: null, clientId: 'any' },
    now,
  );
  const sealed = sealColumn(older, 'the way', removedConnectionContext('con_gone'));
  await removed.keep({ connectionId: 'con_gone', sealed, removedAt: now });

  const both = createKeyring([k2, k1]);
  for (const seals of [createRevocationSeals(database.pool), createRemovedConnectionSeals(database.pool)]) {
    expect([...(await seals.countByKey())]).toEqual([['k1', 1]]);
    for await (const { moved } of rewrap(seals, both, 10)) expect(moved).toBe(1);
    expect([...(await seals.countByKey())]).toEqual([['k2', 1]]);
    expect(await seals.keysInUse()).toEqual(['k2']);
  }

  const newer = createKeyring([k2]);
  const [claimed] = await createRevocationQueueStore(database).claim(now, 1);
  if (!claimed) throw new Error('nothing to claim');
  expect(openTokens(newer, claimed).accessToken.equals('at')).toBe(true);
  const kept = await removed.find('con_gone');
  expect(openColumn(newer, kept ?? new Uint8Array(), removedConnectionContext('con_gone'))).toBe('the way');
});
