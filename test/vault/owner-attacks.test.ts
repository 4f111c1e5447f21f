import { beforeAll, describe, expect, it } from 'vitest';
import { adoptAll } from '../../src/assembly/row-tags.ts';
import { createTokenSeals } from '../../src/assembly/token-seals.ts';
import { hours, minutes, seconds } from '../../src/kit/clock.ts';
import { createLog } from '../../src/kit/log.ts';
import { unboundContext } from '../../src/vault/entry-tokens.ts';
import { createOwnerMoves } from '../../src/vault/owner-moves.ts';
import type { Owner } from '../../src/vault/owner-store.ts';
import { createSealStateStore } from '../../src/vault/seal-state-store.ts';
import { createSealTransition } from '../../src/vault/seal-transition.ts';
import { openStoredSet, sealStoredSet } from '../../src/vault/stored-set.ts';
import { type TokenKeyring, withUnbound } from '../../src/vault/token-keyring.ts';
import { createVault } from '../../src/vault/vault.ts';
import { createOddWorld, type OddWorld } from './odd-provider.ts';

// Another hand writes into the database: it gives an identity, and with it the tokens, to another person. The seal of a
// token set binds its owner, so the set opens for its own person alone.

let world: OddWorld;

beforeAll(async () => {
  world = await createOddWorld();
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };
const log = createLog('silent');

async function entered() {
  const { alias } = await world.connect({ rotation: 'static' });
  return { alias, target: await world.enter(alias) };
}

type Target = Awaited<ReturnType<OddWorld['enter']>>;

/** Runs a statement, and gives all rows right tags, so that the seals of the token sets stand alone. */
async function sql(text: string, values: unknown[]) {
  const result = await world.database.pool.query(text, values);
  await adoptAll(world.database, world.rowTags);
  return result;
}

/** The target as a retrieval finds it now. */
async function present(identityId: string): Promise<Target> {
  const [identity] = await world.identities.byIds([identityId]);
  if (!identity) throw new Error('no identity');
  const { userId, subject, connectionId } = identity;
  const connection = (await world.connections.all()).find(({ id }) => id === connectionId);
  if (!connection) throw new Error('no connection');
  return { identityId, userId, subject, connection };
}

const kindNow = async (identityId: string, keyring: TokenKeyring = world.keyring) => {
  const vault = createVault({ ...world.newRefreshing(), keyring });
  return (await vault.freshToken(await present(identityId), soon)).kind;
};

describe('a statement that changes', () => {
  it.each(['user_id', 'connection_id', 'issuer', 'subject'] as const)(
    'the %s of an identity opens nothing, and once undone the tokens are its owner’s again',
    async (column) => {
      const { target } = await entered();
      const { target: another } = await entered();
      const { identityId } = target;
      const { rows } = await sql(`SELECT ${column} AS value FROM identity WHERE id = $1`, [identityId]);
      const other = {
        user_id: another.userId,
        connection_id: another.connection.id,
        issuer: 'https://other.example',
        subject: 'another',
      };
      await sql(`UPDATE identity SET ${column} = $2 WHERE id = $1`, [identityId, other[column]]);
      expect(await kindNow(identityId)).toBe('unreadable');
      world.clock.advance(minutes(2));
      expect(await kindNow(identityId)).toBe('unreadable');
      expect(world.asked()).toBe(0);
      await sql(`UPDATE identity SET ${column} = $2 WHERE id = $1`, [identityId, rows[0].value]);
      world.says({ body: { access_token: 'renewed', token_type: 'Bearer', expires_in: 60 } });
      expect(await kindNow(identityId)).toBe('token');
      world.says();
    },
  );

  it('the user between the check of the permission and the read of the entry serves nothing', async () => {
    const { target } = await entered();
    const { target: thief } = await entered();
    const asThief = { ...target, userId: thief.userId };
    expect((await world.vault.freshToken(asThief, soon)).kind).toBe('unreadable');
  });

  it('the entry of another identity, with all its sealed columns, opens nothing', async () => {
    const { target } = await entered();
    const { target: thief } = await entered();
    await sql(
      `UPDATE vault_entry AS e SET ciphertext = v.ciphertext, wrapped_key = v.wrapped_key, version = v.version
       FROM vault_entry v WHERE e.identity_id = $1 AND v.identity_id = $2`,
      [thief.identityId, target.identityId],
    );
    expect(await kindNow(thief.identityId)).toBe('unreadable');
  });
});

describe('a change that the product makes itself', () => {
  it('keeps the tokens of users who are merged', async () => {
    const { target } = await entered();
    const { target: into } = await entered();
    const follow = world.ownerMoves.follow;
    await world.database.prisma.$transaction(async (transaction) => {
      await transaction.$executeRaw`UPDATE identity SET user_id = ${into.userId} WHERE id = ${target.identityId}`;
      await follow(transaction, { userId: into.userId }, ([, ...rest]) => [target.userId, ...rest]);
    });
    await adoptAll(world.database, world.rowTags);
    expect(await kindNow(target.identityId)).toBe('token');
    expect(await kindNow(into.identityId)).toBe('token');
  });

  it('keeps the first tokens of a sign-in that its users are merged beside', async () => {
    const { target } = await entered();
    const { target: into } = await entered();
    const { tokens } = world.given(target.identityId);
    await sql('DELETE FROM vault_entry WHERE identity_id = $1', [target.identityId]);
    let stored: Promise<void> | undefined;
    await world.database.prisma.$transaction(async (transaction) => {
      await transaction.$executeRaw`UPDATE identity SET user_id = ${into.userId} WHERE id = ${target.identityId}`;
      const former = ([, ...rest]: Owner): Owner => [target.userId, ...rest];
      await world.ownerMoves.follow(transaction, { userId: into.userId }, former);
      let settled = false;
      stored = world.vault.storeTokens({ ...target, tokens }).finally(() => {
        settled = true;
      });
      const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      await expect
        .poll(async () => settled || (await world.database.pool.query(waiting)).rows[0].count > 0)
        .toBe(true);
    });
    await stored;
    await adoptAll(world.database, world.rowTags);
    expect(await kindNow(target.identityId)).toBe('token');
  });

  it('keeps the tokens of identities whose issuer is corrected', async () => {
    const { alias, target } = await entered();
    const { endpoints } = target.connection;
    const corrected = { ...endpoints, issuer: `${endpoints.issuer}/realms/main` };
    await world.connections.change(alias, { endpoints: corrected, client_secret: 'secret-of-one' });
    const moved = await present(target.identityId);
    expect(moved.connection.registration.issuer).toBe(corrected.issuer);
    expect(await kindNow(target.identityId)).toBe('token');
  });

  it('ends the grant of a moved identity at the provider', async () => {
    const { target } = await entered();
    world.says({ body: {} });
    expect(await world.upstreamRevocations.revoke(target)).toBe('revoked');
  });

  it('does not adopt what another hand has given to the person that others are merged into', async () => {
    const { target: victim } = await entered();
    const { target: into } = await entered();
    const { target: from } = await entered();
    await sql('UPDATE identity SET user_id = $2 WHERE id = $1', [victim.identityId, into.userId]);
    await world.database.prisma.$transaction((transaction) =>
      world.ownerMoves.follow(transaction, { userId: into.userId }, ([, ...rest]) => [from.userId, ...rest]),
    );
    expect(await kindNow(victim.identityId)).toBe('unreadable');
  });
});

describe('the upgrade from seals without an owner', () => {
  /** Seals the set as the version before has done. */
  async function unbound({ identityId }: Target): Promise<void> {
    const plain = JSON.stringify({ access_token: 'at', refresh_token: 'rt', parameters: {} });
    const { ciphertext, wrappedKey } = world.keyring.seal(plain, unboundContext({ identityId, version: 1 }));
    await sql(
      `UPDATE vault_entry SET ciphertext = $2, wrapped_key = $3, version = 1,
      access_expires_at = NULL, retry_at = NULL WHERE identity_id = $1`,
      [identityId, ciphertext, wrappedKey],
    );
  }

  const transitionAfter = (deployment: number) =>
    createSealTransition({
      store: createSealStateStore(world.database.prisma),
      pool: world.database.pool,
      keyring: world.keyring,
      clock: world.clock,
      log,
      connections: world.connections.all,
      deployment,
    });

  it('reads and writes them as before at first, then binds all, then refuses the former seal', async () => {
    await sql('DELETE FROM seal_state', []);
    const { target } = await entered();
    await unbound(target);
    const young = transitionAfter(hours(1));
    await young.start();
    await young.advance();
    expect(young.keyring.unbound?.writes()).toBe(true);
    expect(await kindNow(target.identityId, young.keyring)).toBe('token');

    const old = transitionAfter(0);
    await old.start();
    await old.advance();
    expect(old.keyring.unbound?.writes()).toBe(false);
    await young.refresh();
    expect(young.keyring.unbound?.writes()).toBe(false);
    // The other processes are told first.
    expect(await old.advance()).toBe(0);
    expect(await kindNow(target.identityId)).toBe('unreadable');
    world.clock.advance(minutes(6));
    expect(await old.advance()).toBeGreaterThan(0);
    expect(await kindNow(target.identityId)).not.toBe('unreadable');
    expect(await old.advance()).toBe(0);
    await young.refresh();
    await unbound(target);
    for (const { keyring } of [old, young])
      expect(await kindNow(target.identityId, keyring)).toBe('unreadable');
  });

  it('keeps the tokens of a person who is merged while a save goes over the former seal', async () => {
    const { target } = await entered();
    const { target: into } = await entered();
    await unbound(target);
    const keyring = withUnbound(world.keyring, { opens: () => true, writes: () => false });
    const { store } = world.newRefreshing();
    const before = await store.find(target.identityId);
    if (!before) throw new Error('no entry');
    await world.database.prisma.$transaction(async (transaction) => {
      await transaction.$executeRaw`UPDATE identity SET user_id = ${into.userId} WHERE id = ${target.identityId}`;
      const former = ([, ...rest]: Owner): Owner => [target.userId, ...rest];
      await createOwnerMoves(keyring, log).follow(transaction, { userId: into.userId }, former);
    });
    await adoptAll(world.database, world.rowTags);
    const place = { ...before, version: 2, traits: target.connection.connector.refresh };
    const tokens = sealStoredSet(keyring, openStoredSet(keyring, before), { ...place, clientId: undefined });
    const save = { tokens, now: world.clock.now(), by: 'refresh', revives: true } as const;
    expect(await store.supersede(before, save)).toBe(false);
    expect(await kindNow(target.identityId, keyring)).toBe('token');
  });

  it('is over for a process that has seen its end, whatever the database says later', async () => {
    const transition = transitionAfter(0);
    await transition.start();
    expect(transition.keyring.unbound?.opens()).toBe(false);
    await sql('DELETE FROM seal_state', []);
    await transition.refresh();
    await transition.advance();
    expect(transition.keyring.unbound?.opens()).toBe(false);
  });

  it('is over if the note of it is not ours', async () => {
    await sql(
      `INSERT INTO seal_state (name, sealed) VALUES ('owner', 'forged')
      ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed`,
      [],
    );
    const transition = transitionAfter(0);
    await transition.start();
    expect(transition.keyring.unbound?.opens()).toBe(false);
  });

  it('is not needed in a store that never had a token set', async () => {
    const { freshDatabase } = await import('../support/database.ts');
    const database = await freshDatabase();
    const seals = await createTokenSeals({
      database,
      keyring: world.keyring,
      clock: world.clock,
      log,
      connections: async () => [],
    });
    expect(seals.entries.unbound?.opens()).toBe(false);
  });
});
