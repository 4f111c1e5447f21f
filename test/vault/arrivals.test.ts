import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hours, seconds } from '../../src/kit/clock.ts';
import type { FreshResult } from '../../src/vault/refresh/fresh-result.ts';
import { holdBack } from '../support/hold-back.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// A person signs in again, and the new token set differs from the stored one: which of the two is kept?

let world: VaultWorld;
let visitors = 0;

beforeAll(async () => {
  world = await createVaultWorld({ providers: ['microsoft', 'discord'] });
});

beforeEach(async () => {
  for (const room of ['github', 'google', 'gitlab', 'discord', 'microsoft'])
    await world.control('DELETE', `${room}/faults`);
});

type Target = Awaited<ReturnType<VaultWorld['signIn']>>;

const someone = () => `visitor-${++visitors}`;
const soon = { minTtl: seconds(60), refreshedSince: undefined };
const forced = () => ({ minTtl: 0, refreshedSince: world.clock.now() });

function tokenOf(result: FreshResult) {
  if (result.kind !== 'token') throw new Error(`no token but ${JSON.stringify(result)}`);
  return { value: result.accessToken.reveal(), scopes: [...result.scopes].sort().join(' ') };
}

const served = async (target: Target, needs = soon) => tokenOf(await world.vault.freshToken(target, needs));

async function lastOutcome({ identityId }: Target): Promise<unknown> {
  const where = { identityId, type: 'token.deposited' };
  const event = await world.database.prisma.auditEvent.findFirstOrThrow({ where, orderBy: { id: 'desc' } });
  return (event.detail as { outcome: unknown }).outcome;
}

/** Whether the provider accepts the retrieved token. */
async function isTaken(target: Target): Promise<boolean> {
  const result = await world.vault.freshToken(target, soon);
  if (result.kind !== 'token') return false;
  return target.connection.upstream.probeToken(result).catch(() => false);
}

/** Signs in at the provider, with the token set that the test prepares. */
async function arriving(room: string, user: string) {
  const { tokens, ...arrival } = await world.arrive(room, user);
  if (!tokens) throw new Error(`${room} issues no tokens`);
  const settled = await world.identities.findOrCreate({ tokens, ...arrival });
  const { connection, account } = arrival;
  return { tokens, target: { ...settled, subject: account.subject, connection } };
}

const removeApp = (room: string, user: string) => world.control('POST', `${room}/users/${user}/revoke`);

/** The scopes that the connection of each room requests, and a part of them. */
const rooms = [
  { room: 'github', wide: 'read:user user:email repo', narrow: 'read:user user:email' },
  { room: 'gitlab', wide: 'openid profile email read_api', narrow: 'openid profile email' },
  { room: 'discord', wide: 'identify email guilds', narrow: 'identify email' },
];

describe.each(rooms)('at $room', ({ room, wide, narrow }) => {
  it('a narrower set that is issued after the app was removed there is stored, and works', async () => {
    const user = someone();
    await world.connections.change(room, { scopes: wide.split(' ') });
    const target = await world.signIn(room, user);
    await removeApp(room, user);
    await world.signIn(room, user, { scopes: narrow });
    const { scopes } = await served(target);
    expect(scopes).toBe(narrow.split(' ').sort().join(' '));
    expect(await isTaken(target)).toBe(true);
    expect(await lastOutcome(target)).toBe('replaced');
    world.clock.advance(seconds(20));
    expect((await world.vault.freshToken(target, forced())).kind).toBe('token');
  });

  it('a narrower one is not stored while the wider one is valid', async () => {
    const user = someone();
    await world.connections.change(room, { scopes: wide.split(' ') });
    const target = await world.signIn(room, user);
    await world.signIn(room, user, { scopes: narrow });
    const { scopes } = await served(target);
    expect(scopes).toBe(wide.split(' ').sort().join(' '));
    expect(await isTaken(target)).toBe(true);
    expect(await lastOutcome(target)).toBe('kept');
  });

  it('a narrower one is stored if an admin has reduced the scopes since', async () => {
    const user = someone();
    await world.connections.change(room, { scopes: wide.split(' ') });
    const target = await world.signIn(room, user);
    await world.connections.change(room, { scopes: narrow.split(' ') });
    await world.signIn(room, user);
    expect((await served(target)).scopes).toBe(narrow.split(' ').sort().join(' '));
  });

  it('one with another scope is stored, whatever it lacks', async () => {
    const user = someone();
    await world.connections.change(room, { scopes: wide.split(' ') });
    const [first = '', ...others] = wide.split(' ').toReversed();
    const target = await world.signIn(room, user, { scopes: others.join(' ') });
    const other = [first, ...others.slice(1)].join(' ');
    await world.signIn(room, user, { scopes: other });
    expect((await served(target)).scopes).toBe(other.split(' ').sort().join(' '));
  });

  it('a set from a reauthorization of this account is stored in any case', async () => {
    const user = someone();
    await world.connections.change(room, { scopes: wide.split(' ') });
    const target = await world.signIn(room, user);
    await world.signIn(room, user, { scopes: narrow }, { replaces: true });
    expect((await served(target)).scopes).toBe(narrow.split(' ').sort().join(' '));
  });
});

describe('a scope that an app requested beyond the connection’s', () => {
  it('is not lost by the next sign-in, and is granted to an app that requests it again', async () => {
    const user = someone();
    await world.connections.change('discord', { scopes: ['identify'] });
    const more = { furtherScopes: ['guilds', 'connections'] };
    const target = await world.signIn('discord', user, { scopes: 'identify guilds' }, more);
    await world.signIn('discord', user);
    expect((await served(target)).scopes).toBe('guilds identify');
    world.clock.advance(hours(24 * 8));
    expect((await served(target)).scopes).toBe('guilds identify');
    expect(await world.vault.furtherScopes(target.identityId)).toEqual(['guilds']);
  });
});

describe('if the provider cannot tell whether the wider set is valid', () => {
  it('the new set is stored, because it is known to work', async () => {
    const user = someone();
    await world.connections.change('discord', { scopes: ['identify', 'email', 'guilds'] });
    const target = await world.signIn('discord', user);
    await world.control('POST', 'discord/faults', { on: 'refresh', fault: '503', times: 1 });
    await world.signIn('discord', user, { scopes: 'identify email' });
    const { scopes } = await served(target);
    expect(scopes).toBe('email identify');
    expect(await isTaken(target)).toBe(true);
  });

  it('the person does not wait, and the pending refresh does not overwrite the sign-in', async () => {
    const user = someone();
    await world.connections.change('discord', { scopes: ['identify', 'email', 'guilds'] });
    const target = await world.signIn('discord', user);
    const goOn = await holdBack(world.control, 'discord', { on: 'refresh', after: true });
    const began = performance.now();
    await world.signIn('discord', user, { scopes: 'identify email' });
    expect(performance.now() - began).toBeLessThan(seconds(6));
    await goOn();
    expect(await isTaken(target)).toBe(true);
  });

  it('the provider is not asked about an access token if it has no endpoint for that', async () => {
    const user = someone();
    await world.connections.change('microsoft', { scopes: ['openid', 'profile', 'User.Read', 'Mail.Read'] });
    const { target, tokens } = await arriving('microsoft', user);
    const deposit = (scopes: string[]) =>
      world.vault.storeTokens({ ...target, tokens: { ...tokens, scopes, refreshToken: undefined } });
    await deposit(['openid', 'profile', 'https://graph.microsoft.com/User.Read', 'Mail.Read']);
    await deposit(['openid', 'user.read']);
    expect((await served(target)).scopes).toBe('openid user.read');
  });
});

describe('a set without a refresh token', () => {
  it('is stored with the refresh token of the first consent at Google', async () => {
    const user = someone();
    const target = await world.signIn('google', user);
    const first = await served(target);
    await world.signIn('google', user);
    const second = await served(target);
    expect(second.value).not.toBe(first.value);
    world.clock.advance(hours(2));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it('is stored without one that the provider no longer accepts', async () => {
    const user = someone();
    const target = await world.signIn('google', user);
    world.clock.advance(hours(2));
    await world.control('POST', 'google/faults', { on: 'refresh', fault: '503', times: 1 });
    expect((await world.vault.freshToken(target, soon)).kind).toBe('provider_unavailable');
    await removeApp('google', user);
    world.clock.advance(hours(1));
    const { tokens } = await arriving('google', user);
    await world.vault.storeTokens({ ...target, tokens: { ...tokens, refreshToken: undefined } });
    expect((await served(target)).value).toBe(tokens.accessToken.reveal());
    const entry = await world.database.prisma.vaultEntry.findUniqueOrThrow({
      where: { identityId: target.identityId },
    });
    expect(entry.refreshable).toBe(false);
  });

  it('outlives that refresh token, until it expires itself', async () => {
    const user = someone();
    const target = await world.signIn('google', user);
    await removeApp('google', user);
    const { tokens } = await arriving('google', user);
    await world.vault.storeTokens({ ...target, tokens: { ...tokens, refreshToken: undefined } });
    world.clock.advance(seconds(20));
    expect(tokenOf(await world.vault.freshToken(target, forced())).value).toBe(tokens.accessToken.reveal());
    expect(await isTaken(target)).toBe(true);
    const where = { identityId: target.identityId };
    const entry = await world.database.prisma.vaultEntry.findUniqueOrThrow({ where });
    expect(entry).toMatchObject({ state: 'active', refreshable: false, unverified: false });
    await removeApp('google', user);
    world.clock.advance(seconds(20));
    expect(await world.vault.freshToken(target, forced())).toMatchObject({
      kind: 'reauthorization_required',
    });
  });

  it('is not returned after its grant has ended with that refresh token', async () => {
    const user = someone();
    const target = await world.signIn('google', user);
    await world.signIn('google', user);
    await removeApp('google', user);
    world.clock.advance(seconds(20));
    expect(await world.vault.freshToken(target, forced())).toMatchObject({
      kind: 'reauthorization_required',
    });
  });
});

it('with the same rights by other names is no narrower', async () => {
  const user = someone();
  const long = [
    'openid',
    'profile',
    'https://graph.microsoft.com/User.Read',
    'https://graph.microsoft.com/Mail.Read',
  ];
  await world.connections.change('microsoft', { scopes: ['openid', 'profile', 'User.Read', 'Mail.Read'] });
  const { target, tokens } = await arriving('microsoft', user);
  await world.vault.storeTokens({ ...target, tokens: { ...tokens, scopes: long } });
  const again = await arriving('microsoft', user);
  const named = { ...again.tokens, scopes: ['user.read', 'mail.read'] };
  await world.vault.storeTokens({ ...target, tokens: named });
  expect((await served(target)).value).toBe(named.accessToken.reveal());
});
