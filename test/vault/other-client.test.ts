import { beforeAll, describe, expect, it } from 'vitest';
import { hours, minutes, seconds } from '../../src/kit/clock.ts';
import { createOddWorld, type OddWorld } from './odd-provider.ts';

// A connection gets another client id. The provider's refusal of tokens issued to the former client is then
// no verdict.

let world: OddWorld;

beforeAll(async () => {
  world = await createOddWorld();
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };
const good = { body: { access_token: 'access-new', token_type: 'Bearer', expires_in: 60 } };
const refused = { status: 400, body: { error: 'invalid_grant', error_description: 'of another client' } };

async function somebody() {
  const { alias } = await world.connect({ rotation: 'static' });
  const target = await world.enter(alias);
  world.says(refused);
  return { ...target, alias };
}

type Target = Awaited<ReturnType<typeof somebody>>;

/** The connection as the next request finds it. */
async function changed(target: Target, client_id: string): Promise<Target> {
  return { ...target, connection: await world.connections.change(target.alias, { client_id }) };
}

const healthOf = async ({ identityId, connection }: Target) =>
  (await world.vault.health([{ id: identityId, connection }])).get(identityId);

describe('a mistyped client id', () => {
  it('ends no grant: the connection is misconfigured, the provider is not asked, and a correction restores all', async () => {
    const linked = [await somebody()];
    const [first] = linked as [Target];
    for (let count = 0; count < 9; count += 1)
      linked.push({ ...(await world.enter(first.alias)), alias: first.alias });
    world.clock.advance(minutes(2));
    const mistyped = await changed(first, 'oen');
    for (const one of linked) {
      const target = { ...one, connection: mistyped.connection };
      expect(await world.vault.freshToken(target, soon)).toEqual({ kind: 'provider_error', step: 'refresh' });
      const forced = { minTtl: 0, refreshedSince: world.clock.now() };
      expect((await world.vault.freshToken(target, forced)).kind).toBe('provider_error');
    }
    expect(world.asked()).toBe(0);
    expect(await world.events('connection.misconfigured', first.alias)).toHaveLength(1);
    expect(await healthOf(mistyped)).toMatchObject({ state: 'retrying', lastError: 'client_changed' });
    world.says(good);
    const right = await changed(first, 'one');
    for (const one of linked)
      expect((await world.vault.freshToken({ ...one, connection: right.connection }, soon)).kind).toBe(
        'token',
      );
  });

  it('leaves valid tokens unchanged', async () => {
    const target = await changed(await somebody(), 'oen');
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });
});

describe('a client id that was changed permanently', () => {
  it('requires reauthorization, as soon as a person has signed in with it', async () => {
    const before = await somebody();
    world.clock.advance(minutes(2));
    const target = await changed(before, 'two');
    await world.enter(target.alias);
    expect(await world.vault.freshToken(target, soon)).toMatchObject({
      kind: 'reauthorization_required',
      reason: 'not_refreshable',
    });
    world.says(good);
    expect((await world.vault.freshToken(await changed(before, 'one'), soon)).kind).toBe('token');
  });

  it('counts as permanent after an hour', async () => {
    const target = await changed(await somebody(), 'two');
    world.clock.advance(hours(2));
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'reauthorization_required' });
    expect(world.asked()).toBe(0);
  });

  it('takes nothing of the former one into a new sign-in', async () => {
    const target = await changed(await somebody(), 'two');
    const { tokens, account } = world.given(target.identityId);
    await world.vault.storeTokens({ ...target, tokens: { ...tokens, refreshToken: undefined, scopes: [] } });
    expect(account.subject).toMatch(/^somebody-/);
    expect(await healthOf(target)).toMatchObject({ state: 'expiring', refreshable: false, scopes: [] });
  });

  it('cannot revoke the former one’s grants at the provider, and says so until it is back', async () => {
    const target = await changed(await somebody(), 'two');
    expect(await world.upstreamRevocations.revoke({ ...target, subject: 'x' })).toBe('retrying');
    const [revocation] = await world.upstreamRevocations.list({ limit: 1, after: undefined, filter: {} });
    expect(revocation).toMatchObject({ state: 'pending', lastError: 'client_changed' });
    expect(world.asked()).toBe(0);
    await changed(target, 'one');
    world.says({ body: {} });
    world.clock.advance(hours(3));
    await world.upstreamRevocations.runDue();
    expect(await world.upstreamRevocations.outcome(target.identityId)).toBe('revoked');
  });
});

describe('an entry with an unknown client', () => {
  it('that was refused is refreshed again when the client id changes', async () => {
    const target = await somebody();
    await world.database.pool.query('UPDATE vault_entry SET client_id = NULL WHERE identity_id = $1', [
      target.identityId,
    ]);
    world.clock.advance(minutes(2));
    const mistyped = await changed(target, 'oen');
    expect(await world.vault.freshToken(mistyped, soon)).toMatchObject({ reason: 'rejected' });
    world.says(good);
    const right = await changed(target, 'one');
    expect((await world.vault.freshToken(right, soon)).kind).toBe('token');
    world.clock.advance(minutes(2));
    expect(await healthOf(await changed(target, 'two'))).toMatchObject({ lastError: 'client_changed' });
  });
});
