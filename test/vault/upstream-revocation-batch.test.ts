import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hours, minutes } from '../../src/kit/clock.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { revocationWorld } from './revocation-world.ts';

let world: VaultWorld;
let see: ReturnType<typeof revocationWorld>;
let people = 0;
let user: string;

const aliases = ['wechat', 'google', 'facebook', 'github'];

beforeAll(async () => {
  world = await createVaultWorld();
  see = revocationWorld(world);
});

beforeEach(async () => {
  user = `visitor-${++people}`;
  for (const alias of aliases) await world.control('DELETE', `${alias}/faults`);
});

describe('a deleted user', () => {
  it('has grants revoked at four providers', async () => {
    await world.control('POST', 'facebook/faults', { on: 'revoke', fault: '503', times: 1 });
    const { userId, identityIds } = await see.person(user, aliases);
    await world.removals.eraseUser(userId);
    expect(await see.entries(identityIds)).toBe(0);
    await world.upstreamRevocations.attemptNow({ userId });
    const first = { wechat: 'unsupported', google: 'revoked', facebook: 'pending', github: 'revoked' };
    expect(await see.states(userId)).toEqual(first);
    world.clock.advance(minutes(5));
    await world.upstreamRevocations.runDue();
    expect(await see.states(userId)).toEqual({ ...first, facebook: 'revoked' });
    for (const alias of ['google', 'facebook', 'github']) expect(await see.grants(alias, user)).toBe(0);
    await see.expectNothingKept(userId);
  });
});

describe('a removed connection', () => {
  async function copyOf(alias: string, as: string) {
    const { registration, endpoints } = await world.connection(alias);
    return await world.connections.create({
      alias: as,
      provider: (await world.connection(alias)).connector.provider,
      client_id: registration.clientId,
      client_secret: registration.clientSecret?.reveal(),
      scopes: [],
      endpoints,
      enabled: true,
      for: 'login',
    });
  }

  it('has its grants revoked with its own registration, after it is gone', async () => {
    const { userId } = await see.person(user, ['github']);
    const more = await see.person(`visitor-${++people}`, ['github', 'google']);
    await world.control('POST', 'github/faults', { on: 'revoke', fault: '503', times: 1 });
    const { id } = await world.connection('github');
    const removal = await world.removals.removeConnection('github');
    expect(removal).toEqual({ identities: 2, grants: 2, people: 1 });
    expect(await world.connections.findNow('github')).toBeUndefined();
    expect(await see.entries(more.identityIds)).toBe(1);

    await world.upstreamRevocations.runDue();
    const kept = () => world.database.prisma.removedConnection.count({ where: { connectionId: id } });
    expect(await kept()).toBe(1);
    world.clock.advance(minutes(5));
    await world.upstreamRevocations.runDue();
    expect(await see.states(userId)).toEqual({ github: 'revoked' });
    expect(await see.states(more.userId)).toEqual({ github: 'revoked' });
    expect(await see.grants('github', user)).toBe(0);
    // The client secret is deleted when no revocation needs it any more.
    expect(await kept()).toBe(0);
    await see.expectNothingKept(userId);
  });

  it('created again under another name keeps the people who came back', async () => {
    const { userId } = await see.person(user, ['facebook']);
    const { endpoints, registration } = await world.connection('facebook');
    await world.removals.removeConnection('facebook');
    await world.connections.create({
      alias: 'facebook',
      provider: 'facebook',
      client_id: registration.clientId,
      client_secret: registration.clientSecret?.reveal(),
      scopes: [],
      endpoints,
      enabled: true,
      for: 'login',
    });
    await world.signIn('facebook', user);
    world.clock.advance(minutes(5));
    await world.upstreamRevocations.runDue();
    expect(await see.states(userId)).toEqual({ facebook: 'superseded' });
    expect(await see.grants('facebook', user)).toBe(1);
  });

  it('of ten thousand grants takes one request of seconds, and all of them are queued', async () => {
    const { id } = await copyOf('google', 'crowd');
    await crowd(world, id, 10_000);
    const { pool } = world.database;
    const started = process.hrtime.bigint();
    expect(await world.removals.removeConnection('crowd')).toEqual({
      identities: 10_000,
      grants: 10_000,
      people: 10_000,
    });
    const took = Number(process.hrtime.bigint() - started) / 1e6;
    console.info(`a connection of 10,000 identities removed in ${Math.round(took)} ms`);
    expect(took).toBeLessThan(20_000);
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM departure WHERE connection_id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ n: 10_000 }]);

    // A provider in trouble is not asked ten thousand times to find that out.
    await world.control('POST', 'google/faults', { on: 'revoke', fault: '503', times: 1000 });
    const before = await see.calls('google');
    await pool.query('DELETE FROM departure WHERE connection_id <> $1', [id]);
    await pool.query(
      `DELETE FROM departure WHERE id NOT IN (SELECT id FROM departure ORDER BY id LIMIT 100)`,
    );
    await world.upstreamRevocations.runDue();
    expect((await see.calls('google')) - before).toBeLessThanOrEqual(8);
    await world.control('DELETE', 'google/faults');
    world.clock.advance(hours(1));
    expect(await world.upstreamRevocations.runDue()).toBe(100);
  });
});

/** Identities with entries that were sealed for them, without a request to the provider. */
async function crowd({ database, newRefreshing }: VaultWorld, connectionId: string, size: number) {
  const { keyring } = newRefreshing();
  const numbers = Array.from({ length: size }, (_, number) => number);
  const ids = numbers.map((number) => `idn_crowd_${number}`);
  const sealed = ids.map((id) =>
    keyring.seal(JSON.stringify({ access_token: `at_${id}`, parameters: {} }), `vault_entry:${id}:tokens:1`),
  );
  const { pool } = database;
  await pool.query('INSERT INTO "user" (id) SELECT unnest($1::text[])', [ids.map((id) => `usr_${id}`)]);
  await pool.query(
    `INSERT INTO identity (id, user_id, connection_id, issuer, subject)
     SELECT id, 'usr_' || id, $2, 'https://issuer.example', id FROM unnest($1::text[]) id`,
    [ids, connectionId],
  );
  await pool.query(
    `INSERT INTO vault_entry (identity_id, connection_id, ciphertext, wrapped_key, key_id, granted_scopes, refreshable)
     SELECT *, '{}'::text[], true FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::text[])`,
    [
      ids,
      ids.map(() => connectionId),
      sealed.map(({ ciphertext }) => Buffer.from(ciphertext)),
      sealed.map(({ wrappedKey }) => Buffer.from(wrappedKey)),
      sealed.map(({ keyId }) => keyId),
    ],
  );
}
