import { createHmac } from 'node:crypto';
import { refreshTokenGrant } from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { identitiesOn, twofold as twofoldIn, type Visitor, visit } from './visitor.ts';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
});

let visitors = 0;

const twofold = (first: string, second: string) => twofoldIn(world, `visitor-${++visitors}`, [first, second]);

async function unlink(visitor: Visitor, id: string) {
  const path = `/account/identities/${id}/unlink`;
  return await visitor.press(await visitor.open(path), path);
}

describe('unlinking', () => {
  it.each([
    ['github', 'unlinked_revoked', 'the provider has ended the permission'],
    ['wechat', 'unlinked_unsupported', 'remove this app in your settings there'],
  ])('%s reports the result of the upstream revocation', async (connection, notice, words) => {
    const { visitor, other } = await twofold('google', connection);
    const landed = await unlink(visitor, other);
    expect(landed.url.search).toBe(`?notice=${notice}`);
    expect(landed.text).toContain(words);
    expect(identitiesOn(landed)).toHaveLength(1);
    expect(await world.database.prisma.vaultEntry.count({ where: { identityId: other } })).toBe(0);
  });

  it('names the menu of the provider’s own app where the broker cannot end the permission', async () => {
    const { visitor, other } = await twofold('google', 'wechat');
    const path = `/account/identities/${other}/unlink?ui_locales=zh`;
    expect((await visitor.open(path)).text).toContain(
      '请前往微信的“我 → 设置 → 个人信息与权限 → 授权管理”自行解除。',
    );
  });

  it('succeeds if the provider cannot be reached, and says so', async () => {
    const { visitor, other } = await twofold('github', 'google');
    await world.control('POST', 'google/faults', { on: 'revoke', fault: '500', times: 1 });
    const landed = await unlink(visitor, other);
    expect(landed.url.search).toBe('?notice=unlinked_retrying');
    expect(landed.text).toContain('we go on asking it');
    expect(await world.broker.upstreamRevocations.outcome(other)).toBe('retrying');
    world.clock.advance(60_000);
    await world.broker.upstreamRevocations.runDue();
    expect(await world.broker.upstreamRevocations.outcome(other)).toBe('revoked');
  });

  it('is refused for the last account, and then nothing is revoked', async () => {
    const visitor = await visit(world, { connection: 'github', user: `visitor-${++visitors}` });
    const [id = ''] = identitiesOn(await visitor.open('/account'));
    const shown = await visitor.open(`/account/identities/${id}/unlink`);
    expect(shown.status).toBe(409);
    expect(shown.forms).toEqual([]);
    const before = await world.control('GET', 'github');
    const account = await visitor.open('/account');
    const csrf = account.forms[0]?.fields.csrf_token ?? '';
    const posted = await visitor.browser.submit({
      ...account,
      forms: [
        {
          action: `/account/identities/${id}/unlink`,
          method: 'POST',
          entries: [['csrf_token', csrf]],
          fields: {},
          buttons: [],
        },
      ],
    });
    expect(posted.status).toBe(409);
    expect(posted.text).toContain('last_identity');
    expect(await world.control('GET', 'github')).toEqual(before);
    expect(identitiesOn(await visitor.open('/account'))).toEqual([id]);
  });

  it('leaves one account if both are unlinked at the same time', async () => {
    const { visitor, one, other } = await twofold('google', 'facebook');
    const pages = await Promise.all(
      [one, other].map((id) => visitor.open(`/account/identities/${id}/unlink`)),
    );
    const landed = await Promise.all(pages.map((page) => visitor.press(page, '/account/identities')));
    expect(landed.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await world.broker.identities.ofUser(visitor.userId)).toHaveLength(1);
  });

  it('of another person’s account is answered like that of an unknown one', async () => {
    const { other } = await twofold('google', 'github');
    const { visitor } = await twofold('facebook', 'github');
    // The foot leads back to this address in the other language.
    const without = (text: string) => text.replace(/req_\w+|idn_\w+/g, '');
    const foreign = await visitor.open(`/account/identities/${other}/unlink`);
    const unknown = await visitor.open('/account/identities/idn_none/unlink');
    expect(foreign.status).toBe(404);
    expect(without(foreign.html)).toBe(without(unknown.html));
  });

  it('ends every other session and every token of the person', async () => {
    const { visitor, user, other } = await twofold('google', 'github');
    const intruder = await visit(world, { connection: 'github', user });
    expect(intruder.userId).toBe(visitor.userId);
    const tokens = await app.signIn({ connection: 'google', user });
    await unlink(visitor, other);
    expect((await intruder.open('/account')).forms[0]?.action).toBe('/account/login');
    expect((await callApi(world.issuer, '/v1/me', tokens.access_token)).status).toBe(401);
    await expect(refreshTokenGrant(app.configuration, tokens.refresh_token ?? '')).rejects.toThrow();
    expect(identitiesOn(await visitor.open('/account'))).toHaveLength(1);
  });
});

describe('withdrawing an app’s consent', () => {
  it('ends its tokens, and the app has to ask again', async () => {
    const user = `visitor-${++visitors}`;
    const tokens = await app.signIn({ connection: 'google', user });
    const visitor = await visit(world, { connection: 'google', user });
    const page = await visitor.open('/account');
    expect(page.text).toContain('Apps that may use it Test app Has not used it yet Withdraw');
    const path = `/account/apps/${app.clientId}/withdraw`;
    const asked = await visitor.open(path);
    expect(asked.text).toContain('Withdraw the permission of Test app?');
    const landed = await visitor.press(asked, path);
    expect(landed.text).toContain('The permission is withdrawn.');
    expect(landed.text).toContain('Apps that may use it none');
    expect((await callApi(world.issuer, '/v1/me', tokens.access_token)).status).toBe(401);
    const told = { type: 'grant.revoked', userId: visitor.userId, appId: app.clientId };
    expect(await world.database.prisma.auditEvent.count({ where: told })).toBe(1);
    expect((await visitor.open(path)).status).toBe(404);
    expect((await visitor.open('/account/apps/%00/withdraw')).status).toBe(404);
  });

  it('can be for one account, and the rest of the consent stays', async () => {
    const { visitor, other } = await twofold('google', 'github');
    const user = `visitor-${visitors}`;
    const scope = 'openid offline_access idp:google idp:github';
    const both = await app.signIn({ connection: 'google', user, scope });
    const one = await app.signIn({
      connection: 'google',
      user,
      scope: 'openid offline_access idp:google',
    });
    const page = await visitor.open('/account');
    const href = `/account/apps/${app.clientId}/withdraw?connection=github`;
    expect(page.html).toContain(href);
    const landed = await visitor.press(await visitor.open(href), `/account/apps/${app.clientId}`);
    expect(landed.text).toContain('The permission is withdrawn.');
    expect(landed.text).toContain('Apps you have let in Test app');

    const retrieve = (token: string, connection: string) =>
      callApi(world.issuer, `/v1/me/identities/${connection}/token`, token);
    expect((await retrieve(both.access_token, 'github')).status).toBe(401);
    await expect(refreshTokenGrant(app.configuration, both.refresh_token ?? '')).rejects.toThrow();
    expect((await retrieve(one.access_token, 'google')).status).toBe(200);
    expect((await refreshTokenGrant(app.configuration, one.refresh_token ?? '')).scope).toContain(
      'idp:google',
    );
    const again = await visitor.open('/account');
    expect(again.html).not.toContain(href);
    expect(again.html).toContain('withdraw?connection=google');
    expect((await visitor.open(`/account/apps/${app.clientId}/withdraw?connection=nope`)).status).toBe(404);
    expect(identitiesOn(again)).toContain(other);
  });
});

describe('a change of the account', () => {
  // Forged forms.
  it('requires the form token of this session, from a page of the broker', async () => {
    const { visitor, other } = await twofold('google', 'github');
    const stranger = await visit(world, { connection: 'wechat', user: `visitor-${++visitors}` });
    const foreign = (await stranger.open('/account')).forms[0]?.fields.csrf_token ?? '';
    const page = await visitor.open(`/account/identities/${other}/unlink`);
    for (const csrf of ['', foreign]) {
      const answer = await visitor.browser.submit(page, { fields: { csrf_token: csrf } });
      expect(answer.status).toBe(403);
    }
    const crossSite: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ];
    for (const headers of crossSite) {
      expect((await visitor.browser.submit(page, { headers })).status).toBe(403);
    }
    expect(await world.broker.identities.ofUser(visitor.userId)).toHaveLength(2);
    const account = await visitor.open('/account');
    const form = account.forms.findIndex(({ action }) => action === '/account/sign-out');
    const out = await visitor.browser.submit(account, { form, fields: { csrf_token: foreign } });
    expect(out.status).toBe(403);
    expect(identitiesOn(await visitor.open('/account'))).toHaveLength(2);
  });

  it.each([
    ['PUT', '/account'],
    ['POST', '/account/login'],
    ['GET', '/account/sign-out'],
    ['DELETE', '/account/identities/idn_x/unlink'],
  ])('%s %s is answered 405', async (method, path) => {
    const answer = await fetch(world.issuer + path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBeTruthy();
  });
});

describe('a deletion request that a provider passes on', () => {
  const accountsOf = async (userId: string) =>
    (await world.broker.identities.ofUser(userId)).map(({ id }) => id);

  /** Facebook reports that the owner of this account asked for its deletion. */
  async function forget(id: string): Promise<void> {
    const { subject } = (await world.broker.identities.byIds([id]))[0] ?? {};
    const { registration } = (await world.broker.connections.find('facebook')) ?? {};
    const issued_at = Math.floor(world.clock.now().getTime() / 1000);
    const claims = { user_id: subject, algorithm: 'HMAC-SHA256', issued_at };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const secret = registration?.clientSecret?.reveal() ?? '';
    const signature = createHmac('sha256', secret).update(payload).digest('base64url');
    const body = new URLSearchParams({ signed_request: `${signature}.${payload}` });
    const address = `${world.issuer}/connections/facebook/signals?type=data-deletion`;
    expect((await fetch(address, { method: 'POST', body })).status).toBe(200);
  }

  async function whileGitHubIs(change: object, before: object, act: () => Promise<void>): Promise<void> {
    const call = adminClient(world);
    expect((await call('PATCH', '/connections/github', change)).status).toBe(200);
    try {
      await act();
    } finally {
      expect((await call('PATCH', '/connections/github', before)).status).toBe(200);
    }
  }

  it('keeps a person whose other connection is disabled at present', async () => {
    const { visitor, user, one, other } = await twofold('facebook', 'github');
    await whileGitHubIs({ enabled: false }, { enabled: true }, () => forget(one));
    expect(await accountsOf(visitor.userId)).toEqual([other]);
    expect((await visit(world, { connection: 'github', user })).userId).toBe(visitor.userId);
  });

  it('also deletes a person who could never sign in with the remaining accounts', async () => {
    const { visitor, one } = await twofold('facebook', 'github');
    await whileGitHubIs({ for: 'linking' }, { for: 'login' }, () => forget(one));
    expect(await world.broker.identities.findUser(visitor.userId)).toBeUndefined();
  });

  it('does not affect an identity that the connection knows by the same subject at another issuer', async () => {
    const { visitor, one, other } = await twofold('facebook', 'github');
    const data = { issuer: 'https://earlier.example' };
    await world.database.prisma.identity.update({ where: { id: one }, data });
    await world.adopt();
    await forget(one);
    expect(await accountsOf(visitor.userId)).toEqual([one, other]);
    const heard = { type: 'signal.received', identityId: one };
    expect(await world.database.prisma.auditEvent.count({ where: heard })).toBe(0);
  });
});

// This test is the last, because it moves the clock past what counts as a recent sign-in.
describe('signing out everywhere', () => {
  const path = '/account/sign-out-everywhere';

  async function here() {
    const user = `visitor-${++visitors}`;
    const visitor = await visit(world, { connection: 'google', user });
    const tokens = await app.signIn({ connection: 'google', user });
    return { user, visitor, tokens };
  }
  const me = (token: string) => callApi(world.issuer, '/v1/me', token);

  it('describes the effect first, in both languages, and changes nothing yet', async () => {
    const { visitor, tokens } = await here();
    const link = (await visitor.open('/account')).links.find(({ href }) => href === path);
    expect(link?.text).toBe('Sign out everywhere');
    const asked = await visitor.open(path);
    expect(asked.text).toContain('You are signed out in every browser, this one too.');
    expect(asked.text).toContain('Your linked accounts stay linked');
    const zh = await visitor.browser.open(`${world.issuer}${path}`, { 'accept-language': 'zh-CN' });
    expect(zh.text).toContain('在所有设备上退出登录');
    expect((await me(tokens.access_token)).status).toBe(200);
    expect(identitiesOn(await visitor.open('/account'))).toHaveLength(1);
  });

  it('ends all sessions and tokens of the person, and none of other people', async () => {
    const { user, visitor, tokens } = await here();
    const elsewhere = await visit(world, { connection: 'google', user });
    const somebodyElse = await here();
    // This also holds for a person whose sign-in is older than 15 minutes: nothing is disclosed.
    world.clock.advance(16 * 60_000);
    const landed = await visitor.press(await visitor.open(path), path);
    expect([landed.url.search, landed.status]).toEqual(['?notice=signed_out_everywhere', 200]);
    expect(landed.text).toContain('You are signed out everywhere.');

    for (const { open } of [visitor, elsewhere]) {
      const page = await open('/account');
      expect(identitiesOn(page)).toEqual([]);
      // The broker's own session has ended too: sign-in begins with the choice of a provider.
      expect((await open('/account/login')).url.pathname).toMatch(/^\/interaction\//);
    }
    expect((await me(tokens.access_token)).status).toBe(401);
    const refreshed = refreshTokenGrant(app.configuration, tokens.refresh_token ?? '');
    await expect(refreshed).rejects.toMatchObject({ error: 'invalid_grant' });
    const { rows } = await world.database.pool.query(
      `SELECT user_id, detail FROM audit_event WHERE type = 'signed_out'`,
    );
    expect(rows).toEqual([{ user_id: visitor.userId, detail: { everywhere: true } }]);

    expect(await world.broker.identities.ofUser(visitor.userId)).toHaveLength(1);
    const again = await app.signIn({ connection: 'google', user });
    expect((await me(again.access_token)).status).toBe(200);
    expect((await me(somebodyElse.tokens.access_token)).status).toBe(200);
    expect(identitiesOn(await somebodyElse.visitor.open('/account'))).toHaveLength(1);
  });

  it('cannot be triggered by a form of another site', async () => {
    const { visitor, tokens } = await here();
    const asked = await visitor.open(path);
    const forged = await visitor.browser.submit(asked, { fields: { csrf_token: 'x' } });
    expect(forged.status).toBe(403);
    expect((await me(tokens.access_token)).status).toBe(200);
  });
});
