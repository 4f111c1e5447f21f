import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { describeEntries } from '../../src/vault/describe-entries.ts';
import { createDescriptionStore } from '../../src/vault/description-store.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// Lists read an end and origins beside the sealed set. An older process beside this one writes neither.

let world: VaultWorld;
let identityIds: readonly string[];
const query = (text: string, ...values: unknown[]) => world.database.pool.query(text, values);
const run = (batch = 500) =>
  describeEntries({
    store: createDescriptionStore(world.database.pool),
    entries: createEntryStore(world.database),
    connections: world.connections.all,
    ...{ keyring: world.keyring, clock: world.clock, batch },
  });
const described = async () =>
  (
    await query(
      'SELECT identity_id, version, ends_at, origins, described_version FROM vault_entry ORDER BY 1',
    )
  ).rows;

beforeAll(async () => {
  world = await createVaultWorld();
  const signIns = [await world.signIn('google', 'ada'), await world.signIn('facebook', 'ada')];
  identityIds = signIns.map(({ identityId }) => identityId);
});

beforeEach(() => query('DELETE FROM described_traits'));

describe('an entry', () => {
  it('is described when its set is saved', async () => {
    const rows = await described();
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row.described_version).toBe(row.version);
      expect(row.origins).toContain(new URL(world.lab.url).origin);
    }
    expect(rows.filter((row) => row.ends_at !== null)).not.toEqual([]);
    expect(await run()).toBe(0);
  });

  it('of an earlier version is described by the next run, in batches too', async () => {
    const before = await described();
    await query('UPDATE vault_entry SET ends_at = NULL, origins = NULL, described_version = NULL');
    expect(await run(1)).toBe(2);
    expect(await described()).toEqual(before);
    expect(await run()).toBe(0);
  });

  it('that an older process has saved since is described again', async () => {
    const before = await described();
    await query(
      `UPDATE vault_entry SET described_version = version - 1, ends_at = '2001-01-01', origins = 'https://old.example'`,
    );
    expect(await run()).toBe(2);
    expect(await described()).toEqual(before);
  });

  it('that does not open has moved from nowhere', async () => {
    const [identityId] = identityIds;
    await query('UPDATE vault_entry SET described_version = NULL');
    const { rows } = await query('SELECT ciphertext FROM vault_entry WHERE identity_id = $1', identityId);
    await query(`UPDATE vault_entry SET ciphertext = 'x' WHERE identity_id = $1`, identityId);
    expect(await run()).toBe(2);
    expect((await described()).filter(({ origins }) => origins === '')).toHaveLength(1);
    await query(
      'UPDATE vault_entry SET ciphertext = $2, described_version = NULL WHERE identity_id = $1',
      identityId,
      rows[0].ciphertext,
    );
    await run();
  });
});

it('gets its end anew when the traits of its connector change, and once more after the deployment', async () => {
  const before = await described();
  await run();
  const stale = `UPDATE vault_entry SET ends_at = '2001-01-01'`;
  await query('UPDATE described_traits SET live = NOT live');
  await query(stale);
  expect(await run(1)).toBe(2);
  expect(await described()).toEqual(before);

  // A process of the release before writes an end of the former traits.
  await query(stale);
  expect(await run()).toBe(0);
  world.clock.advance(hours(3));
  expect(await run()).toBe(2);
  expect(await described()).toEqual(before);
  expect(await run()).toBe(0);
});
