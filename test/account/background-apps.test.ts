import { beforeAll, describe, expect, it, vi } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { identitiesOn, type Visitor, visit } from './visitor.ts';

// A person sees on the account page which apps use their accounts while they are away, and what those did.

let world: World;
let asking: World;
let visitors = 0;

beforeAll(async () => {
  world = await createWorld({ providers: ['gitee'] });
  asking = await createWorld({ providers: ['gitee'], backgroundConsent: 'required' });
});

interface Service {
  readonly clientId: string;
  /** Retrieves the token of a person who is away. */
  use(userId: string, reason: string): Promise<Record<string, unknown>>;
}

async function service(at: World, connections: readonly string[], name = 'Nightly'): Promise<Service> {
  const lines = connections.map((connection) => ({ connection, background: true }));
  const { app, clientSecret } = await at.broker.issuance.apps.create({
    name,
    type: 'service',
    connections: lines,
  });
  const basic = Buffer.from(`${app.id}:${clientSecret?.reveal()}`).toString('base64');
  return {
    clientId: app.id,
    async use(userId, reason) {
      const [connection = ''] = connections;
      const response = await fetch(`${at.issuer}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: `idp:${connection}` }),
      });
      const { access_token } = (await response.json()) as { access_token: string };
      at.remember(access_token);
      const path = `/v1/users/${userId}/identities/${connection}/token?reason=${encodeURIComponent(reason)}`;
      return (await callApi(at.issuer, path, access_token)).body;
    },
  };
}

const visitIn = (at: World, connection: string, browser = createBrowser()): Promise<Visitor> => {
  visitors += 1;
  return visit(at, { connection, user: `visitor-${visitors}` }, browser);
};

/** Returns the account page once the audit has the uses, which are written in batches. */
async function pageWith(visitor: Visitor, words: string): Promise<string> {
  let text = '';
  await vi.waitFor(async () => {
    text = (await visitor.open('/account')).text;
    expect(text).toContain(words);
  });
  return text;
}

describe('an app that the operator lets use accounts in the background', () => {
  it('is on the account page, with its uses and the reasons it gave', async () => {
    const nightly = await service(world, ['github']);
    const visitor = await visitIn(world, 'github');
    expect((await visitor.open('/account')).text).toContain('The operator of this site set that up.');
    expect((await visitor.open('/account')).text).toContain('Has not used it yet');
    expect(await nightly.use(visitor.userId, 'backup')).toHaveProperty('access_token');
    expect(await nightly.use(visitor.userId, 'report')).toHaveProperty('access_token');
    const text = await pageWith(visitor, 'while you were away, 2 times this week');
    expect(text).toContain('Nightly');
    expect(text).toContain('Reason it gave: “report”');
    const activity = (await visitor.open('/account/activity')).text;
    for (const reason of ['report', 'backup'])
      expect(activity).toContain(
        `Nightly took a token of GitHub (Visitor ${visitors}), while you were away, reason: “${reason}”.`,
      );
  });

  it('is not shown at other connections, nor with the uses of another person', async () => {
    const nightly = await service(world, ['google'], 'Google nightly');
    const [one, other] = [await visitIn(world, 'google'), await visitIn(world, 'facebook')];
    await nightly.use(one.userId, 'for the first');
    await pageWith(one, 'for the first');
    const text = (await other.open('/account')).text;
    expect(text).not.toContain('Google nightly');
    expect(text).not.toContain('for the first');
  });

  it('is named before an account is linked, in Chinese too', async () => {
    await service(world, ['gitee'], 'Gitee nightly');
    const visitor = await visitIn(
      world,
      'facebook',
      createBrowser({ headers: { 'accept-language': 'zh-CN' } }),
    );
    expect((await visitor.open('/account/link/gitee')).text).toContain('您不在时使用此账号：Gitee nightly。');
  });
});

it('an app of the operator’s own is listed with its last use, without a consent', async () => {
  const own: TestApp = await createApp(world, { firstParty: true });
  visitors += 1;
  const user = `visitor-${visitors}`;
  const { access_token } = await own.signIn({ connection: 'github', user });
  expect((await callApi(world.issuer, '/v1/me/identities/github/token', access_token)).status).toBe(200);
  const visitor = await visit(world, { connection: 'github', user });
  const text = await pageWith(visitor, 'once this week');
  expect(text).toContain('Part of this site, so it does not ask you');
  expect(text).toContain('there is nothing to withdraw');
});

it('the consent page says that the app may use the account in the background', async () => {
  const app = await createApp(world, { background: true });
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  const visitor = await visitIn(world, 'google', browser);
  const { url } = await app.start({ scope: 'openid idp:google' });
  const page = await browser.open(url);
  expect(page.text).toContain('also while you are away');
  await browser.submit(page, { button: 'allow' });
  expect((await visitor.open('/account')).text).toContain('May also use this account when you are away.');
});

describe('with BACKGROUND_CONSENT=required', () => {
  it('a service gets a token only after the person has allowed it, and until they withdraw that', async () => {
    const nightly = await service(asking, ['github']);
    const visitor = await visitIn(asking, 'github');
    const refused = await nightly.use(visitor.userId, 'x');
    const link = `/account/apps/${nightly.clientId}/background/github`;
    expect(refused).toMatchObject({ code: 'consent_required', consent_url: `${asking.issuer}${link}` });
    expect((await visitor.open('/account')).text).not.toContain('Nightly');

    const asked = await visitor.open(link);
    expect(asked.text).toContain('Let Nightly use your GitHub account when you are away?');
    const allowed = await visitor.press(asked, link);
    expect(allowed.url.search).toBe('?notice=allowed');
    asking.clock.advance(seconds(6));
    expect(await nightly.use(visitor.userId, 'x')).toHaveProperty('access_token');
    expect((await visitor.open('/account')).text).toContain('May also use this account when you are away.');

    const withdraw = `/account/apps/${nightly.clientId}/withdraw?connection=github`;
    await visitor.press(await visitor.open(withdraw), withdraw);
    asking.clock.advance(seconds(6));
    expect(await nightly.use(visitor.userId, 'x')).toMatchObject({ code: 'consent_required' });
  });

  it('people are asked only about apps and connections that the operator has opened', async () => {
    const nightly = await service(asking, ['github']);
    const visitor = await visitIn(asking, 'google');
    for (const path of [`${nightly.clientId}/background/google`, 'app_unknown/background/github'])
      expect((await visitor.open(`/account/apps/${path}`)).status).toBe(404);
  });
});

describe('withdrawing the use of an account', () => {
  async function allowed(connection: string, scope = `openid idp:${connection}`) {
    const app = await createApp(world, { connections: [connection] });
    visitors += 1;
    const user = `visitor-${visitors}`;
    const tokens = await app.signIn({ connection, user, scope });
    const visitor = await visit(world, { connection, user });
    const path = `/account/apps/${app.clientId}/withdraw?connection=${connection}`;
    const [identity = ''] = identitiesOn(await visitor.open('/account'));
    /** Retrieves the token, and waits until the audit has that. */
    const take = async () => {
      const { status } = await callApi(
        world.issuer,
        `/v1/me/identities/${connection}/token`,
        tokens.access_token,
      );
      expect(status).toBe(200);
      await pageWith(visitor, 'once this week');
    };
    return { app, tokens, visitor, path, identity, take };
  }

  it('says until when a token that was taken works', async () => {
    const { visitor, path, identity, take } = await allowed('google');
    expect((await visitor.open(path)).text).toContain('It has taken none so far.');
    await take();
    const { text } = await visitor.open(path);
    expect(text).toContain(`Test app gets no new token of Google (Visitor ${visitors}).`);
    expect(text).toMatch(
      /took the last one on \d+ \w+ 2\d{3}, \d\d:\d\d UTC ?; Google honours that until \d+ .* UTC ?\./,
    );
    expect(text).toContain('To end it now, end the access at Google.');
    await world.database.prisma.vaultEntry.update({
      where: { identityId: identity },
      data: { accessExpiresAt: new Date('2020-01-01') },
    });
    expect((await visitor.open(path)).text).toMatch(/It took the last one on .* UTC ?, which has ended\./);
  });

  it('says that it has no end, and ends the permission at the provider if the person chooses that', async () => {
    const { visitor, path, identity, take } = await allowed('github');
    await take();
    const page = await visitor.open(path);
    expect(page.text).toContain('that has no end and works until you remove it at GitHub');
    const landed = await visitor.browser.submit(page, { button: 'provider' });
    expect(landed.url.search).toBe('?notice=withdrawn_revoked');
    expect(await world.broker.upstreamRevocations.outcome(identity)).toBe('revoked');
  });

  it('leaves the permission at the provider as it is otherwise', async () => {
    const { visitor, path, identity } = await allowed('github');
    const landed = await visitor.press(await visitor.open(path), path);
    expect(landed.url.search).toBe('?notice=withdrawn');
    expect(await world.broker.upstreamRevocations.outcome(identity)).toBe('nothing held');
  });

  it('names the way where the provider offers none', async () => {
    const { visitor, path } = await allowed('wechat');
    const page = await visitor.open(path);
    expect(page.text).toContain('remove our app in your settings at WeChat');
    expect(page.text).toContain('Me → Settings → Personal Info & Permissions → Manage Authorizations');
    expect(page.html).not.toContain('value="provider"');
  });
});
