import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/kit/clock.ts';
import { createRecentSaves, type RecentSaves } from '../../src/vault/recent-saves.ts';
import { createVault, type Vault } from '../../src/vault/vault.ts';
import { createOddWorld, type OddWorld } from './odd-provider.ts';

// Another hand copies the row of an entry and puts it back later, with its key and its version. It opens, since it was
// sealed so. A process that has seen a newer one does not serve it.

let world: OddWorld;
let saver: { saves: RecentSaves; vault: Vault };
let reader: { saves: RecentSaves; vault: Vault };

beforeAll(async () => {
  world = await createOddWorld();
});

/** One process of the broker. */
function process() {
  const saves = createRecentSaves(world.database);
  return { saves, vault: createVault({ ...world.newRefreshing(), store: saves.store }) };
}

beforeEach(() => {
  saver = process();
  reader = process();
  world.says({ body: { access_token: 'renewed', token_type: 'Bearer', expires_in: 600 } });
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };
const sql = (text: string, ...values: unknown[]) => world.database.pool.query(text, values);

type Target = Awaited<ReturnType<OddWorld['enter']>>;

/** A person whose token was refreshed once, and a function that puts back the row from before. */
async function refreshed() {
  const { alias } = await world.connect({ rotation: 'static' });
  const target = await world.enter(alias);
  const columns = 'ciphertext, wrapped_key, key_id, version, access_expires_at';
  const { rows } = await sql(`SELECT ${columns} FROM vault_entry WHERE identity_id = $1`, target.identityId);
  world.clock.advance(minutes(2));
  expect(await tokenAt(saver, target)).toBe('renewed');
  const [row] = rows;
  const putBack = () =>
    sql(
      `UPDATE vault_entry SET ciphertext = $2, wrapped_key = $3, key_id = $4, version = $5, access_expires_at = NULL
       WHERE identity_id = $1`,
      ...[target.identityId, row.ciphertext, row.wrapped_key, row.key_id, row.version],
    );
  return { target, putBack };
}

async function tokenAt({ vault }: { vault: Vault }, target: Target): Promise<string> {
  const result = await vault.freshToken(target, soon);
  return result.kind === 'token' ? result.accessToken.reveal() : JSON.stringify(result);
}

const refusal = JSON.stringify({ kind: 'unreadable', why: 'older row' });

describe('an older row that is put back', () => {
  it('is replaced by the process that saved the newer one', async () => {
    const { target, putBack } = await refreshed();
    await putBack();
    expect(await tokenAt(saver, target)).toBe('renewed');
    expect(await tokenAt(process(), target)).toBe('renewed');
  });

  it('is refused by a process that has seen the newer one', async () => {
    const { target, putBack } = await refreshed();
    expect(await tokenAt(reader, target)).toBe('renewed');
    await putBack();
    expect(await tokenAt(reader, target)).toBe(refusal);
    const asked = world.asked();
    const forced = await reader.vault.freshToken(target, { minTtl: 0, refreshedSince: world.clock.now() });
    expect(forced.kind).toBe('unreadable');
    expect(world.asked()).toBe(asked);
  });

  it('is replaced by a sign-in, with a version above each that was seen', async () => {
    const { target, putBack } = await refreshed();
    expect(await tokenAt(reader, target)).toBe('renewed');
    await putBack();
    const { tokens } = world.given(target.identityId);
    await reader.vault.storeTokens({ ...target, tokens });
    expect(await tokenAt(reader, target)).toBe(tokens.accessToken.reveal());
    const { rows } = await sql('SELECT version FROM vault_entry WHERE identity_id = $1', target.identityId);
    expect(rows).toEqual([{ version: 3 }]);
  });

  it('is no sign of another hand after the connection to the database was lost: a standby may lack commits', async () => {
    const { target, putBack } = await refreshed();
    expect(await tokenAt(reader, target)).toBe('renewed');
    await putBack();
    reader.saves.forgetSeen();
    expect(await tokenAt(reader, target)).toBe(world.given(target.identityId).tokens.accessToken.reveal());
  });

  const savesOf = async ({ identityId }: Target) => {
    const events = await world.database.prisma.auditEvent.findMany({ where: { identityId } });
    const saves = events.flatMap(({ type, detail }) => {
      const { version } = detail as { version?: number };
      return version === undefined ? [] : [`${type} ${version}`];
    });
    return saves.toSorted();
  };

  it('can be found later: each save is in the audit with its version', async () => {
    const { target } = await refreshed();
    expect(await savesOf(target)).toEqual(['token.deposited 1', 'token.refreshed 2']);
  });

  it('can be found later also after a save whose answer was lost', async () => {
    const { alias } = await world.connect({ rotation: 'static' });
    const target = await world.enter(alias);
    const refreshing = world.newRefreshing();
    const { supersede } = refreshing.store;
    let lost = 0;
    const store = {
      ...refreshing.store,
      supersede: async (...save: Parameters<typeof supersede>) => {
        const saved = await supersede(...save);
        lost += 1;
        return saved && lost > 1;
      },
    };
    world.clock.advance(minutes(2));
    await createVault({ ...refreshing, store }).freshToken(target, soon);
    expect(lost).toBe(1);
    expect(await savesOf(target)).toEqual(['token.deposited 1', 'token.refreshed 2']);
  });
});
