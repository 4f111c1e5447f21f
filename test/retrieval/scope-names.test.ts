import { beforeAll, describe, expect, it } from 'vitest';
import type { NewApp } from '../../src/issuance/registry/app.ts';
import { hours, minutes } from '../../src/kit/clock.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

// A scope is what a provider means by it, under any of its names, and a policy is never exceeded silently.

let world: World;
let visitors = 0;

beforeAll(async () => {
  world = await createWorld({ providers: ['microsoft'] });
});

const someone = () => `visitor-${++visitors}`;

async function tokenOf(line: NonNullable<NewApp['connections']>[number], user: string) {
  const app = await createApp(world);
  await world.broker.issuance.apps.update(app.clientId, { connections: [line] });
  const { access_token } = await app.signIn({ connection: line.connection, user });
  return (query = '') =>
    callApi(world.issuer, `/v1/me/identities/${line.connection}/token${query}`, access_token);
}

const asking = (scope: string) => `?scope=${encodeURIComponent(scope)}`;
const ask = (alias: string, scopes: readonly string[]) =>
  world.broker.connections.change(alias, { scopes: [...scopes] });

async function apiCalls(room: string): Promise<number> {
  const log = (await world.control('GET', `${room}/log`)) as { path: string }[];
  return log.filter(({ path }) => path.includes('/applications/')).length;
}

async function refreshes(room: string): Promise<number> {
  const { counters } = (await world.control('GET', room)) as { counters: { refresh: number } };
  return counters.refresh;
}

describe('at GitHub, which answers with the wide scope alone,', () => {
  it.each(['user', 'user:email', 'read:user', 'repo', 'repo:status', 'public_repo'])(
    'a token of repo and user carries %s',
    async (scope) => {
      await ask('github', ['repo', 'public_repo', 'user', 'user:email']);
      const token = await tokenOf({ connection: 'github' }, someone());
      expect(await token(asking(scope))).toMatchObject({ status: 200, body: { scope: 'repo user' } });
    },
  );

  it('an app may request what its policy includes, and nothing beyond', async () => {
    await ask('github', ['repo', 'user']);
    const token = await tokenOf({ connection: 'github', scopes: ['repo'] }, someone());
    expect((await token(asking('public_repo'))).status).toBe(200);
    expect(await token(asking('user:email'))).toMatchObject({
      status: 403,
      body: { code: 'connection_not_allowed' },
    });
  });

  it('a missing scope is named as it was requested', async () => {
    await ask('github', ['read:user']);
    const token = await tokenOf({ connection: 'github' }, someone());
    expect(await token(asking('read:user public_repo'))).toMatchObject({
      status: 403,
      body: { code: 'insufficient_upstream_scope', missing: ['public_repo'] },
    });
  });
});

describe('at Microsoft, which issues all scopes ever consented to,', () => {
  const all = ['openid', 'profile', 'email', 'offline_access', 'user.read', 'Mail.ReadWrite'];

  it.each(['User.Read', 'user.read', 'https://graph.microsoft.com/User.Read', 'Mail.Read', 'offline_access'])(
    'a token carries %s',
    async (scope) => {
      await ask('microsoft', all);
      const token = await tokenOf({ connection: 'microsoft' }, someone());
      expect((await token(asking(scope))).status).toBe(200);
    },
  );

  it('an app with a narrower policy gets no token, and the provider is asked once', async () => {
    await ask('microsoft', all);
    const user = someone();
    const narrow = await tokenOf({ connection: 'microsoft', scopes: ['User.Read'] }, user);
    const before = await refreshes('microsoft');
    for (let times = 0; times < 3; times += 1) {
      expect(await narrow()).toMatchObject({
        status: 403,
        body: { code: 'connection_not_allowed', detail: expect.stringContaining('as narrow as the policy') },
      });
    }
    expect(await refreshes('microsoft')).toBe(before + 1);
    const wide = await tokenOf({ connection: 'microsoft', scopes: ['user.read', 'mail.readwrite'] }, user);
    expect((await wide()).status).toBe(200);
  });

  it('the scopes of the sign-in itself exceed no policy', async () => {
    await ask('microsoft', ['openid', 'profile', 'email', 'offline_access', 'User.Read']);
    const token = await tokenOf({ connection: 'microsoft', scopes: ['User.Read'] }, someone());
    expect((await token()).status).toBe(200);
  });
});

describe('a token with unknown scopes, as an import brings it,', () => {
  it('is refreshed once for an app that asks for one, instead of a new consent', async () => {
    const token = await tokenOf({ connection: 'google' }, someone());
    await world.database.prisma.vaultEntry.updateMany({ data: { grantedScopes: [] } });
    const before = await refreshes('google');
    expect((await token()).status).toBe(200);
    expect(await refreshes('google')).toBe(before);
    for (const scope of ['profile', 'email']) expect((await token(asking(scope))).status).toBe(200);
    expect(await token(asking('calendar'))).toMatchObject({
      status: 403,
      body: { code: 'insufficient_upstream_scope', missing: ['calendar'] },
    });
    expect(await refreshes('google')).toBe(before + 1);
  });

  it('is refreshed before it is narrowed for an app that may not have all scopes', async () => {
    const user = someone();
    await tokenOf({ connection: 'google' }, user);
    const token = await tokenOf({ connection: 'google', scopes: ['openid'] }, user);
    await world.database.prisma.vaultEntry.updateMany({ data: { grantedScopes: [] } });
    expect(await token()).toMatchObject({ status: 200, body: { scope: 'openid' } });
  });

  it('that cannot be refreshed gets them from a provider that states them, which is asked once', async () => {
    await ask('github', ['repo', 'user']);
    const token = await tokenOf({ connection: 'github' }, someone());
    await world.database.prisma.vaultEntry.updateMany({ data: { grantedScopes: [] } });
    const before = await apiCalls('github');
    expect(await token()).toMatchObject({ status: 200, body: { scope: '' } });
    for (const scope of ['repo', 'read:user'])
      expect(await token(asking(scope))).toMatchObject({ status: 200, body: { scope: 'repo user' } });
    expect((await token(asking('gist'))).body).toMatchObject({ code: 'insufficient_upstream_scope' });
    expect(await apiCalls('github')).toBe(before + 1);
  });

  it('counts as without them while the provider does not state them', async () => {
    await ask('github', ['repo']);
    const token = await tokenOf({ connection: 'github' }, someone());
    await world.database.prisma.vaultEntry.updateMany({ data: { grantedScopes: [] } });
    await world.control('POST', 'github/faults', { on: 'api', fault: '503', times: 1 });
    for (let times = 0; times < 2; times += 1)
      expect(await token(asking('repo'))).toMatchObject({
        status: 403,
        body: { code: 'insufficient_upstream_scope', missing: ['repo'] },
      });
    expect((await token()).status).toBe(200);
    world.clock.advance(minutes(11));
    expect((await token(asking('repo'))).status).toBe(200);
  });
});

describe('a token without the requested scopes', () => {
  it('is not returned if the refresh has brought fewer scopes', async () => {
    const token = await tokenOf({ connection: 'google' }, someone());
    expect((await token(asking('profile'))).status).toBe(200);
    world.clock.advance(hours(2));
    await world.control('POST', 'google/faults', { on: 'refresh', fault: 'narrow_scope', times: 1 });
    expect(await token(asking('profile'))).toMatchObject({
      status: 403,
      body: { code: 'insufficient_upstream_scope', missing: ['profile'] },
    });
    expect((await token()).status).toBe(200);
  });

  it('is not returned if it is wider than the policy, although a consent could narrow it', async () => {
    const user = someone();
    await tokenOf({ connection: 'google' }, user);
    // The person has consented at Google before, and Google gives no second refresh token.
    await world.database.prisma.vaultEntry.deleteMany();
    const token = await tokenOf({ connection: 'google', scopes: ['openid'] }, user);
    expect(await token()).toMatchObject({
      status: 409,
      body: { code: 'reauthorization_required', reason: 'not_refreshable' },
    });
  });
});
