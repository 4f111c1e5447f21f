import { beforeAll, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { Secret } from '../../src/kit/secret.ts';
import { createOddWorld, type OddWorld } from './odd-provider.ts';

// An imported token may have unknown scopes. The provider states them at the first refresh, or never (RFC 6749 section 6).

let world: OddWorld;

beforeAll(async () => {
  world = await createOddWorld();
});

const usual = { minTtl: seconds(10), refreshedSince: undefined };

async function withoutScopes() {
  const { alias } = await world.connect();
  const target = await world.enter(alias);
  await world.database.prisma.vaultEntry.update({
    where: { identityId: target.identityId },
    data: { grantedScopes: [] },
  });
  return target;
}

it('scopes that a caller has to know are stated by one refresh of a valid token', async () => {
  const target = await withoutScopes();
  world.says({ body: { access_token: 'second', token_type: 'Bearer', expires_in: 3600, scope: 'a b' } });
  expect(await world.vault.freshToken(target, usual)).toMatchObject({ kind: 'token', scopes: [] });
  expect(world.asked()).toBe(0);
  const asking = { ...usual, statedScopes: true };
  expect(await world.vault.freshToken(target, asking)).toMatchObject({ kind: 'token', scopes: ['a', 'b'] });
  expect(await world.vault.freshToken(target, asking)).toMatchObject({ kind: 'token', scopes: ['a', 'b'] });
  expect(world.asked()).toBe(1);
});

it('scopes that the answer to a refresh omits stay unknown, and are not requested again', async () => {
  const target = await withoutScopes();
  world.says({ body: { access_token: 'second', token_type: 'Bearer', expires_in: 3600 } });
  const asking = { ...usual, statedScopes: true };
  for (let times = 0; times < 3; times += 1)
    expect(await world.vault.freshToken(target, asking)).toMatchObject({ kind: 'token', scopes: [] });
  expect(world.asked()).toBe(1);
});

it('a valid token without known scopes serves if the provider is out of order', async () => {
  const target = await withoutScopes();
  world.says({ status: 503, body: {} });
  const asking = { ...usual, statedScopes: true };
  for (let times = 0; times < 3; times += 1)
    expect(await world.vault.freshToken(target, asking)).toMatchObject({ kind: 'token', scopes: [] });
  expect(world.asked()).toBe(1);
});

it('an answer without scopes states those of the refresh token, not of a later sign-in that brought none', async () => {
  const { alias } = await world.connect();
  const target = await world.enter(alias);
  const { tokens } = world.given(target.identityId);
  const accessToken = new Secret('of-the-later-sign-in');
  const later = { ...tokens, accessToken, refreshToken: undefined, scopes: ['a', 'b'] };
  await world.vault.storeTokens({ ...target, tokens: later });
  expect(await world.vault.freshToken(target, usual)).toMatchObject({ kind: 'token', scopes: ['a', 'b'] });
  world.says({ body: { access_token: 'second', token_type: 'Bearer', expires_in: 3600 } });
  world.clock.advance(seconds(60));
  expect(await world.vault.freshToken(target, usual)).toMatchObject({ kind: 'token', scopes: ['a'] });
});
