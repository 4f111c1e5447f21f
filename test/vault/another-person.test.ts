import { beforeAll, describe, expect, it } from 'vitest';
import { days, minutes, seconds } from '../../src/kit/clock.ts';
import { createVault } from '../../src/vault/vault.ts';
import { createOddWorld, type OddWorld } from './odd-provider.ts';

// OpenID Connect Core 12.2: an ID token that comes with a refresh has the same issuer, person and client.

let world: OddWorld;

beforeAll(async () => {
  world = await createOddWorld();
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signedBy = (alg: string, claims: object) => `${part({ alg, kid: 'gone' })}.${part(claims)}.c2ln`;

async function somebody() {
  const { alias } = await world.connect({ rotation: 'single-use' }, 'openid-connect');
  const target = await world.enter(alias);
  world.clock.advance(minutes(2));
  const { issuer, clientId } = target.connection.registration;
  return { alias, target, honest: { iss: issuer, sub: target.subject, aud: clientId } };
}

const renewed = (id_token: unknown, more: object = {}) => ({
  body: { access_token: 'a-new-one', refresh_token: 'its-successor', expires_in: 60, id_token, ...more },
});

describe('an ID token that comes with a refresh', () => {
  it.each<[string, object]>([
    ['sub', { sub: 'somebody-else' }],
    ['sub', { sub: 4711 }],
    ['iss', { iss: 'https://attacker.example' }],
    ['aud', { aud: 'another-client' }],
    ['aud', { aud: ['another-client', 'a-third'] }],
  ])('of another %s ends the entry, whose token is not returned to any app', async (claim, other) => {
    const { alias, target, honest } = await somebody();
    world.says(renewed(signedBy('RS256', { ...honest, ...other })));
    const rejected = { kind: 'reauthorization_required', reason: 'rejected' };
    expect(await world.vault.freshToken(target, soon)).toMatchObject(rejected);
    expect(await world.vault.freshToken(target, soon)).toMatchObject(rejected);
    world.clock.advance(minutes(1));
    const forced = { minTtl: 0, refreshedSince: world.clock.now() };
    expect(await world.vault.freshToken(target, forced)).toMatchObject(rejected);
    expect(world.asked()).toBe(1);

    const events = await world.events('token.reauthorization_required', alias);
    expect(events.map(({ detail }) => detail)).toEqual([
      { reason: 'rejected', id_token: `another_${claim}` },
    ]);
    const health = (await world.vault.health([{ id: target.identityId, connection: target.connection }])).get(
      target.identityId,
    );
    expect(health).toMatchObject({
      state: 'reauthorization_required',
      lastError: `id_token:another_${claim}`,
    });
  });

  it('ends the entry, with an event, although the answer to the save was lost', async () => {
    const { alias } = await world.connect({ rotation: 'reuse-kills-family' }, 'openid-connect');
    const target = await world.enter(alias);
    world.clock.advance(minutes(2));
    const { issuer: iss, clientId: aud } = target.connection.registration;
    world.says(renewed(signedBy('RS256', { iss, aud, sub: 'somebody-else' })));
    const refreshing = world.newRefreshing();
    let lost = 1;
    const store: typeof refreshing.store = {
      ...refreshing.store,
      async supersede(...save) {
        const saved = await refreshing.store.supersede(...save);
        if (lost-- > 0) throw new Error('Connection terminated unexpectedly');
        return saved;
      },
    };
    const vault = createVault({ ...refreshing, store });
    expect(await vault.freshToken(target, soon)).toMatchObject({ reason: 'rejected' });
    expect(await world.events('token.reauthorization_required', alias)).toHaveLength(1);
  });

  it('of another issuer ends nothing permanently if the connection’s own issuer was wrong', async () => {
    const { alias, target, honest } = await somebody();
    const real = `${honest.iss}/realms/main`;
    const answer = renewed(signedBy('RS256', { ...honest, iss: real }));
    world.says(answer);
    const dead = { kind: 'reauthorization_required' };
    expect(await world.vault.freshToken(target, soon)).toMatchObject(dead);

    const { jwks = '', ...endpoints } = target.connection.registration.endpoints;
    const change = (issuer: string) =>
      world.connections.change(alias, {
        endpoints: { ...endpoints, jwks, issuer },
        client_secret: 'secret-of-one',
      });
    // The admin corrects it wrongly again: the provider is asked, and the issuer is still another one.
    const wrong = { ...target, connection: await change(`${honest.iss}/realms/other`) };
    expect(await world.vault.freshToken(wrong, soon)).toMatchObject(dead);
    const right = { ...target, connection: await change(real) };
    world.clock.advance(seconds(20));
    expect(await world.vault.freshToken(right, soon)).toMatchObject({ kind: 'token' });
    expect(world.asked()).toBe(3);
  });

  it('of another person has no effect after the person has signed in again', async () => {
    const { target, honest } = await somebody();
    world.says(renewed(signedBy('RS256', { ...honest, sub: 'somebody-else' })));
    await world.vault.freshToken(target, soon);
    await world.vault.storeTokens({ ...target, tokens: world.given(target.identityId).tokens });
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'token' });
  });

  it('of another person is not returned with fewer scopes either', async () => {
    const { alias } = await world.connect({}, 'google');
    const target = await world.enter(alias);
    const { tokens } = world.given(target.identityId);
    await world.vault.storeTokens({ ...target, tokens: { ...tokens, expiresIn: 3600, scopes: ['a', 'b'] } });
    const { issuer: iss, clientId: aud } = target.connection.registration;
    world.says(renewed(signedBy('RS256', { iss, aud, sub: 'somebody-else' }), { scope: 'a' }));
    const rejected = { kind: 'reauthorization_required', reason: 'rejected' };
    expect(await world.vault.freshToken(target, { ...soon, within: ['a'] })).toMatchObject(rejected);
    expect(await world.vault.freshToken(target, soon)).toMatchObject(rejected);
  });

  it.each<[string, (honest: object) => unknown]>([
    ['theirs', (honest) => signedBy('RS256', honest)],
    ['theirs, for several audiences', (honest) => signedBy('RS256', { ...honest, aud: ['x', 'one'] })],
    ['ended', (honest) => signedBy('RS256', { ...honest, exp: 1 })],
    ['for another access token', (honest) => signedBy('RS256', { ...honest, at_hash: 'AAAA' })],
    ['signed by no key', (honest) => signedBy('none', honest)],
    ['signed by an unknown algorithm', (honest) => signedBy('XS1', honest)],
    ['without any claim', () => signedBy('RS256', {})],
    ['garbage', () => 'garbage'],
    ['three words of garbage', () => 'a.b.c'],
    ['null', () => null],
    ['empty', () => ''],
    ['a number', () => 7],
    ['an object', () => ({ sub: 'somebody-else' })],
  ])('%s: the new set is kept, and no key is asked for', async (_what, idToken) => {
    const { target, honest } = await somebody();
    world.says(renewed(idToken(honest)));
    const result = await world.vault.freshToken(target, soon);
    expect(result.kind === 'token' && result.accessToken.reveal()).toBe('a-new-one');
    expect(world.asked()).toBe(1);
  });
});

describe('the lifetime of an access token', () => {
  const left = async (target: Awaited<ReturnType<typeof somebody>>['target']) => {
    const result = await world.vault.freshToken(target, { minTtl: seconds(20), refreshedSince: undefined });
    if (result.kind !== 'token') throw new Error(result.kind);
    return result.expiresAt && (result.expiresAt.getTime() - world.clock.now().getTime()) / 1000;
  };

  it('stays as stated in the last answer that did so', async () => {
    const { target } = await somebody();
    world.says(renewed(undefined, { expires_in: 7200 }));
    expect(await left(target)).toBe(7200);
    for (const expires_in of [undefined, null, 'soon', {}, -1, 0]) {
      world.clock.advance(seconds(7190));
      world.says(renewed(undefined, { expires_in }));
      expect(await left(target), String(expires_in)).toBe(7200);
    }
  });

  it.each<[unknown, number | null]>([
    ['3600s', 3600],
    ['3600.5', 3600],
    [' 3600', 3600],
    ['+3600', 3600],
    ['2 h', 7200],
    [900.9, 900],
    ['soon', 3600],
    [{}, 3600],
    [[3600], 3600],
    [true, 3600],
    [undefined, null],
    [400_000_000, days(3650) / 1000],
  ])('of %j is %j seconds', async (expires_in, seconds) => {
    const { target } = await somebody();
    world.says(renewed(undefined, { expires_in }));
    expect(await left(target)).toBe(seconds);
  });

  it.each<[string, (now: number) => unknown]>([
    ['seconds since 1970', (now) => now + 1800],
    ['their digits', (now) => String(now + 1800)],
    ['milliseconds', (now) => (now + 1800) * 1000],
    ['an ISO date', (now) => new Date((now + 1800) * 1000).toISOString()],
    ['an ISO date without its zone', (now) => new Date((now + 1800) * 1000).toISOString().slice(0, 19)],
    ['an HTTP date', (now) => new Date((now + 1800) * 1000).toUTCString()],
  ])('is read from expires_at in %s', async (_how, at) => {
    const { target } = await somebody();
    const now = Math.floor(world.clock.now().getTime() / 1000);
    world.says(renewed(undefined, { expires_in: undefined, expires_at: at(now) }));
    expect(await left(target)).toBeGreaterThan(1798);
    expect(await left(target)).toBeLessThanOrEqual(1800);
  });

  it('is that of the JWT if nothing else states it, and that of the option for other tokens', async () => {
    const { target } = await somebody();
    const exp = Math.floor(world.clock.now().getTime() / 1000) + 900;
    const access_token = signedBy('RS256', { exp });
    world.says(renewed(undefined, { access_token, expires_in: undefined }));
    expect(await left(target)).toBeGreaterThan(890);

    const { alias } = await world.connect({ access_lifetime: '600' }, 'openid-connect');
    const other = await world.enter(alias);
    world.clock.advance(minutes(2));
    world.says(renewed(undefined, { expires_in: undefined }));
    expect(await left(other)).toBe(600);
  });
});
