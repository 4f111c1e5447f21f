import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adoptAll } from '../../src/assembly/row-tags.ts';
import { hours, minutes, seconds } from '../../src/kit/clock.ts';
import { tokensContext } from '../../src/vault/entry-tokens.ts';
import { createSweep } from '../../src/vault/refresh/sweep.ts';
import { atEnd } from '../support/at-end.ts';
import { createOddWorld, type OddWorld } from './odd-provider.ts';

// The endpoints of a connection are moved to a server elsewhere: by an admin who knows the secret, or by a hand that
// writes into the database. No token that was issued before goes there, whichever way it would leave.

let world: OddWorld;
let elsewhere: string;
const received: string[] = [];

beforeAll(async () => {
  const server = createServer((request, response) => {
    received.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: 'theirs', token_type: 'Bearer', expires_in: 60, sub: 'x' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  const { port } = server.address() as AddressInfo;
  elsewhere = `http://localhost:${port}`;
  world = await createOddWorld({ hosts: [`localhost:${port}`] });
});

beforeEach(() => {
  received.length = 0;
  world.says(good);
});

const good = { body: { access_token: 'renewed', token_type: 'Bearer', expires_in: 60 } };
const soon = { minTtl: seconds(30), refreshedSince: undefined };
const changed = { kind: 'reauthorization_required', reason: 'origin_changed' };

type Entered = Awaited<ReturnType<OddWorld['enter']>>;

async function entered(options: Readonly<Record<string, string>> = {}) {
  const { alias } = await world.connect({ rotation: 'static', ...options });
  return { alias, target: await world.enter(alias) };
}

const present = async (target: Entered, alias: string): Promise<Entered> => ({
  ...target,
  connection: await world.connection(alias),
});

const names = ['token', 'userinfo', 'revocation', 'api'] as const;

/** Moves these endpoints as an admin may: with the secret and a reason. */
async function moveByAdmin(alias: string, moved: readonly string[] = names): Promise<void> {
  const { endpoints, registration } = await world.connection(alias);
  const client_secret = registration.clientSecret?.reveal() ?? null;
  const to = Object.fromEntries(moved.map((name) => [name, `${elsewhere}/${name}`]));
  await world.connections.change(alias, {
    endpoints: { ...endpoints, ...to },
    client_secret,
    reason: 'a move',
    move_identities: true,
  });
}

/** Gives all rows right tags, so that the seals of the token sets stand alone. */
async function believe(): Promise<void> {
  await adoptAll(world.database, world.rowTags);
  world.connections.clearCache();
}

/** Moves all endpoints by a statement. */
async function moveByStatement(alias: string): Promise<void> {
  const to = Object.fromEntries(names.map((name) => [name, `${elsewhere}/${name}`]));
  await world.database.pool.query(
    'UPDATE connection SET endpoints = endpoints || $2, updated_at = clock_timestamp() WHERE alias = $1',
    [alias, JSON.stringify(to)],
  );
  await believe();
}

/** Undoes the move. */
async function moveBack(alias: string, before: Readonly<Record<string, string>>): Promise<void> {
  await world.database.pool.query(
    'UPDATE connection SET endpoints = $2, updated_at = clock_timestamp() WHERE alias = $1',
    [alias, JSON.stringify(before)],
  );
  await believe();
}

const sweepOf = (target: Entered) =>
  createSweep({
    ...world.newRefreshing(),
    vault: world.vault,
    connections: async () => [target.connection],
    targetsOf: async () => [target],
  });

const doors: readonly [string, (target: Entered) => Promise<unknown>][] = [
  ['a retrieval of the stored token', (target) => world.vault.freshToken(target, { ...soon, minTtl: 0 })],
  [
    'a retrieval that refreshes',
    async (target) => {
      world.clock.advance(minutes(2));
      return await world.vault.freshToken(target, soon);
    },
  ],
  [
    'a forced refresh',
    async (target) => {
      world.clock.advance(minutes(2));
      return await world.vault.freshToken(target, { minTtl: 0, refreshedSince: world.clock.now() });
    },
  ],
  ['an admin’s refresh', (target) => world.vault.refreshNow(target)],
  ['a narrower token', (target) => world.vault.freshToken(target, { ...soon, minTtl: 0, within: [] })],
  ['a provider’s report', (target) => world.vault.verifyGrant(target)],
  [
    'a check of a restored token',
    async (target) => {
      const text = 'UPDATE vault_entry SET unverified = true, refreshable = false WHERE identity_id = $1';
      await world.database.pool.query(text, [target.identityId]);
      return await world.vault.freshToken(target, soon);
    },
  ],
  [
    'the sweep, ahead of the end',
    async (target) => {
      const text = 'UPDATE vault_entry SET unverified = true WHERE identity_id = $1';
      await world.database.pool.query(text, [target.identityId]);
      await sweepOf(target).ahead();
    },
  ],
  [
    'the sweep, after a crash',
    async (target) => {
      const text = `INSERT INTO refresh_intent (identity_id, version, owner, started_at)
        VALUES ($1, 1, 'gone', now() - interval '1 hour')`;
      await world.database.pool.query(text, [target.identityId]);
      await sweepOf(target).recover();
    },
  ],
  ['an upstream revocation', (target) => world.upstreamRevocations.revoke(target)],
  [
    'a queued revocation of a removed connection',
    async (target) => {
      await world.removals.removeConnection(target.connection.alias);
      await world.upstreamRevocations.attemptNow({ identityId: target.identityId });
    },
  ],
  [
    'a sign-in that would ask about the stored set',
    async (target) => {
      const { tokens } = world.given(target.identityId);
      const poorer = { ...tokens, refreshToken: undefined, scopes: [] };
      await world.vault.storeTokens({ ...target, tokens: poorer, replaces: true });
    },
  ],
];

describe.each(doors)('%s', (_door, open) => {
  it.each([
    ['an admin', moveByAdmin],
    ['a statement', moveByStatement],
  ] as const)('sends nothing to an origin that %s has moved the connection to', async (_by, move) => {
    const { alias, target } = await entered();
    await move(alias);
    const answer = await open(await present(target, alias));
    expect(received).toEqual([]);
    expect(world.asked()).toBe(0);
    if (answer !== undefined && typeof answer === 'object') expect(answer).toMatchObject(changed);
  });
});

describe('an entry whose connection has moved', () => {
  it('says so until the connection is changed back, and the event is recorded once', async () => {
    const { alias, target } = await entered();
    const { endpoints } = target.connection;
    await moveByAdmin(alias);
    const moved = await present(target, alias);
    for (let count = 0; count < 3; count += 1)
      expect(await world.vault.freshToken(moved, soon)).toMatchObject(changed);
    const health = await world.vault.health([{ id: target.identityId, connection: moved.connection }]);
    expect(health.get(target.identityId)).toMatchObject({
      state: 'reauthorization_required',
      reason: 'origin_changed',
    });
    const events = await world.events('token.reauthorization_required', alias);
    expect(events.map(({ detail }) => detail)).toEqual([{ reason: 'origin_changed' }]);
    await moveBack(alias, endpoints);
    expect(await world.vault.freshToken(await present(target, alias), soon)).toMatchObject({ kind: 'token' });
  });

  it('works again after a sign-in, whose tokens go to the new origin alone', async () => {
    const { alias, target } = await entered();
    await moveByAdmin(alias);
    const moved = await present(target, alias);
    const { tokens } = world.given(target.identityId);
    await world.vault.storeTokens({ ...moved, tokens: { ...tokens, refreshToken: undefined } });
    const health = await world.vault.health([{ id: target.identityId, connection: moved.connection }]);
    // The earlier refresh token has not joined the new access token.
    expect(health.get(target.identityId)).toMatchObject({ reason: null, refreshable: false });
    await world.vault.storeTokens({ ...moved, tokens });
    world.clock.advance(minutes(2));
    expect(await world.vault.freshToken(moved, soon)).toMatchObject({ kind: 'token' });
    expect(received).toEqual(['POST /token']);
  });

  it('keeps no other entry from the sweep, which tries it again once the connection is changed', async () => {
    const { alias, target } = await entered();
    const stale = [target, await world.enter(alias), await world.enter(alias)];
    await moveByAdmin(alias);
    const renewed = await world.enter(alias);
    const due = (minutes: number, ids: readonly string[]) =>
      world.database.pool.query(
        `UPDATE vault_entry SET access_expires_at = now() + make_interval(mins => $1), last_used_at = now(),
           deposited_at = deposited_at - interval '1 hour' WHERE identity_id = ANY($2)`,
        [minutes, ids],
      );
    const ids = stale.map(({ identityId }) => identityId);
    await due(1, ids);
    await due(2, [renewed.identityId]);
    const sweep = createSweep({
      ...world.newRefreshing(),
      ...{ vault: world.vault, batch: 2 },
      connections: async () => [await world.connection(alias)],
      targetsOf: async (found) =>
        await Promise.all(
          [...stale, renewed]
            .filter((one) => found.includes(one.identityId))
            .map((one) => present(one, alias)),
        ),
    });
    expect(await sweep.ahead()).toBe(4);
    expect(received).toEqual(['POST /token']);
    expect(await sweep.ahead()).toBe(0);
    await moveBack(alias, target.connection.endpoints);
    await due(1, ids);
    expect(await sweep.ahead()).toBe(3);
    expect(world.asked()).toBe(3);
  });

  it('whose revocation was queued before waits, and is revoked once the connection is changed back', async () => {
    const { alias, target } = await entered();
    const { endpoints } = target.connection;
    await moveByAdmin(alias);
    expect(await world.upstreamRevocations.revoke(await present(target, alias))).toBe('retrying');
    const [queued] = await world.upstreamRevocations.list({ limit: 1, after: undefined, filter: {} });
    expect(queued).toMatchObject({ lastError: 'origin_changed' });
    await moveBack(alias, endpoints);
    world.clock.advance(hours(3));
    await world.upstreamRevocations.runDue();
    expect(await world.upstreamRevocations.outcome(target.identityId)).toBe('revoked');
    expect(received).toEqual([]);
  });

  it('is served while an address moves that its use does not need, and that address gets no token', async () => {
    const { alias, target } = await entered();
    await moveByAdmin(alias, ['revocation']);
    const moved = await present(target, alias);
    expect(await world.vault.freshToken(moved, soon)).toMatchObject({ kind: 'token' });
    expect(await world.upstreamRevocations.revoke(moved)).toBe('retrying');
    expect(received).toEqual([]);
  });
});

describe('a set that an earlier version stored, without origins', () => {
  /** Seals the set again as the version before has done. */
  async function unmarked(target: Entered): Promise<void> {
    const { store, keyring } = world.newRefreshing();
    const entry = await store.find(target.identityId);
    if (!entry) throw new Error('no entry');
    const context = tokensContext(entry);
    const plain = JSON.stringify({ access_token: 'at', refresh_token: 'rt', parameters: {} });
    const { ciphertext, wrappedKey } = keyring.seal(plain, context);
    await world.database.pool.query(
      'UPDATE vault_entry SET ciphertext = $2, wrapped_key = $3 WHERE identity_id = $1',
      [target.identityId, ciphertext, wrappedKey],
    );
  }

  it('goes to the addresses of the connection at the upgrade, whatever they are changed to later', async () => {
    const { alias, target } = await entered();
    await unmarked(target);
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'token' });
    await moveByAdmin(alias);
    expect(await world.vault.freshToken(await present(target, alias), soon)).toMatchObject(changed);
    await moveByAdmin(alias);
    world.clock.advance(minutes(2));
    expect(await world.vault.freshToken(await present(target, alias), soon)).toMatchObject(changed);
    expect(received).toEqual([]);
  });
});

describe('a new default address of a provider', () => {
  it('keeps stored tokens usable if the connector says that both are the same provider', async () => {
    const { alias, target } = await entered();
    await moveByAdmin(alias);
    const { connection } = await present(target, alias);
    const origins = [new URL(target.connection.endpoints.token ?? '').origin, elsewhere];
    const connector = { ...connection.connector, sameProviderOrigins: origins };
    const renamed = { ...target, connection: { ...connection, connector } };
    expect(await world.vault.freshToken(renamed, soon)).toMatchObject({ kind: 'token' });
  });
});
