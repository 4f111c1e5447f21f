import { randomBytes } from 'node:crypto';
import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { createSdk } from '../support/sdk.ts';
import { linkSecond } from '../support/second-account.ts';
import { createWorld, type World } from '../support/world.ts';

// What an app marks as optional, and accounts that are not linked, have a box on the consent page.

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld({ providers: ['gitee'] });
  call = adminClient(world);
});

const visitor = () => createBrowser({ stopAt: ['https://app.example/'] });

interface Line {
  readonly connection: string;
  readonly consent?: string;
  readonly background?: boolean;
}

async function appWith(connections: readonly Line[], apis: readonly string[] = []): Promise<TestApp> {
  const app = await createApp(world, { connections: [] });
  expect((await call('PATCH', `/apps/${app.clientId}`, { connections, apis })).status).toBe(200);
  return app;
}

/** An app with an API of its own. */
async function appOfApi(scopes: readonly { readonly name: string; [more: string]: unknown }[]) {
  const identifier = `https://api-${randomBytes(4).toString('hex')}.example`;
  const { status, body } = await call('POST', '/apis', { identifier, name: 'Mail', scopes });
  expect(status).toBe(201);
  return { app: await appWith([{ connection: 'github' }], [identifier]), identifier, id: String(body.id) };
}

/** A request of the app in this browser: the consent page, or the app's callback. */
async function ask(app: TestApp, browser: Browser, parameters: Readonly<Record<string, string>>) {
  const { url, checks } = await app.start(parameters);
  let page = await browser.open(url);
  if (page.text.includes('simulated')) page = await browser.submit(page, { fields: { user: 'sam' } });
  const tokens = async (landed: Page) => {
    const given = await oidc.authorizationCodeGrant(app.configuration, landed.url, checks);
    world.remember(given.access_token, given.id_token);
    return given.access_token;
  };
  return { page, tokens };
}

const boxes = ({ html }: Page) =>
  [...html.matchAll(/<input type="checkbox" name="([^"]+)" value="yes"( checked)?>/g)].map(
    ([, name, ticked]) => `${name}${ticked ? ' ticked' : ''}`,
  );
const tokenOf = (bearer: string, alias: string) =>
  callApi(world.issuer, `/v1/me/identities/${alias}/token`, bearer);

describe('a consent page that is open while an operator changes', () => {
  const scopes = [{ name: 'read', description: 'Read your mail' }];
  const changes: readonly [string, (of: { app: TestApp; id: string }) => [path: string, change: object]][] = [
    ['the name of the app', ({ app }) => [`/apps/${app.clientId}`, { name: 'Another' }]],
    [
      'where its answers may go',
      ({ app }) => [`/apps/${app.clientId}`, { redirect_uris: [app.redirectUri, 'https://more.example/cb'] }],
    ],
    [
      'what it may do at an account',
      ({ app }) => [`/apps/${app.clientId}`, { connections: [{ connection: 'github', scopes: ['repo'] }] }],
    ],
    [
      'that it acts while the person is away',
      ({ app }) => [
        `/apps/${app.clientId}`,
        { connections: [{ connection: 'github', background: true }], reason: 'Nightly copies' },
      ],
    ],
    [
      'the words of an API',
      ({ id }) => [`/apis/${id}`, { scopes: [{ name: 'read', description: 'Send mail' }] }],
    ],
  ];

  it.each(changes)('%s is shown again before it counts', async (_what, changeOf) => {
    const { app, identifier, id } = await appOfApi(scopes);
    const resource = { audience: identifier, scope: 'openid read' };
    const request = _what.includes('API') ? resource : { scope: 'openid idp:github' };
    const browser = visitor();
    const { page, tokens } = await ask(app, browser, { ...request, connection: 'github' });
    const [path, change] = changeOf({ app, id });
    expect((await call('PATCH', path, change)).status).toBe(200);
    const again = await browser.submit(page, { button: 'allow' });
    expect([again.stopped, again.status]).toEqual([false, 200]);
    expect(await tokens(await browser.submit(again, { button: 'allow' }))).toBeTruthy();
  });
});

describe('an account that the policy marks as optional', () => {
  const scope = 'openid profile idp:github';
  let app: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    app = await appWith([{ connection: 'github', consent: 'ticked' }]);
    browser = visitor();
  });

  it('has a box, and unticked it is given neither now nor at the next sign-in', async () => {
    const first = await ask(app, browser, { scope, connection: 'github' });
    expect(boxes(first.page)).toEqual(['share_github ticked']);
    const landed = await browser.submit(first.page, { button: 'allow', fields: { share_github: '' } });
    expect(landed.stopped).toBe(true);
    for (const bearer of [
      await first.tokens(landed),
      await ask(app, browser, { scope, prompt: 'none' }).then(({ page, tokens }) => tokens(page)),
    ]) {
      const refused = await tokenOf(bearer, 'github');
      expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
      expect(refused.headers.get('www-authenticate')).toContain('scope="idp:github"');
    }
  });

  it('is left out of the tokens of a sign-in by an SDK, whose answer says so', async () => {
    const other = await appWith([{ connection: 'google', consent: 'ticked' }]);
    const request = { scope: 'openid idp:google' };
    const guest = visitor();
    const { page } = await ask(other, guest, { ...request, connection: 'google' });
    const sdk = createSdk(world, other);
    const signedIn = () => sdk.signedIn('google', { user: 'sam', kind: 'id_token' }, request);
    expect((await signedIn()).body.error).toBe('interaction_required');
    await guest.submit(page, { fields: { share_google: '' } });
    const { body } = await signedIn();
    expect(body.scope).toBe('openid');
    expect((await tokenOf(String(body.access_token), 'google')).body.code).toBe('insufficient_scope');
  });

  it('lets a sign-in by an SDK not learn the person either, where nothing else was asked for', async () => {
    const other = await appWith([{ connection: 'google', consent: 'unticked' }]);
    const { url } = await other.start({ scope: 'idp:google', connection: 'google' });
    url.searchParams.delete('nonce');
    const guest = visitor();
    const page = await guest.submit(await guest.open(url), { fields: { user: 'sam' } });
    expect((await guest.submit(page)).url.searchParams.get('error')).toBe('access_denied');
    const sdk = createSdk(world, other);
    for (const scope of ['idp:google', '']) {
      const { body } = await sdk.signedIn('google', { user: 'sam', kind: 'id_token' }, { scope });
      expect(body.error).toBe('interaction_required');
    }
  });

  it('is offered again, without the tick, where the app asks for consent', async () => {
    const { page, tokens } = await ask(app, browser, { scope, prompt: 'consent' });
    expect(boxes(page)).toEqual(['share_github']);
    expect(page.text).toContain('See your name and picture');
    const landed = await browser.submit(page, { button: 'allow', fields: { share_github: 'yes' } });
    expect((await tokenOf(await tokens(landed), 'github')).status).toBe(200);
    const silent = await ask(app, browser, { scope, prompt: 'none' });
    expect((await tokenOf(await silent.tokens(silent.page), 'github')).status).toBe(200);
  });

  it('is refused to the app in the background too, until the person allows that on the account page', async () => {
    const away = await appWith([{ connection: 'github', consent: 'unticked', background: true }]);
    const request = await ask(away, browser, { scope });
    const bearer = await request.tokens(await browser.submit(request.page));
    const me = await callApi(world.issuer, '/v1/me', bearer);
    const { access_token } = await oidc.clientCredentialsGrant(away.configuration, { scope: 'idp:github' });
    const path = `/v1/users/${me.body.id}/identities/github/token?reason=sync`;
    const refused = await callApi(world.issuer, path, access_token);
    expect(refused.body).toMatchObject({ code: 'consent_required' });
    // The account page signs in by the session that the browser has.
    await browser.submit(await browser.open(`${world.issuer}/account`));
    await browser.submit(await browser.open(String(refused.body.consent_url)));
    expect((await callApi(world.issuer, path, access_token)).status).toBe(200);
    const silent = await ask(away, browser, { scope, prompt: 'none' });
    expect((await tokenOf(await silent.tokens(silent.page), 'github')).status).toBe(200);
  });

  it('is asked for again once the person says so on the account page', async () => {
    const other = await appWith([{ connection: 'github', consent: 'ticked' }]);
    const first = await ask(other, browser, { scope });
    await browser.submit(first.page, { fields: { share_github: '' } });
    const path = `${world.issuer}/account/apps/${other.clientId}`;
    const page = await browser.open(path);
    expect(page.text).toContain('What you left out GitHub account');
    // The operator's own app gets the account without a consent.
    await call('PATCH', `/apps/${other.clientId}`, { first_party: true });
    expect((await browser.open(path)).text).not.toContain('What you left out');
    await call('PATCH', `/apps/${other.clientId}`, { first_party: false });
    const form = page.forms.findIndex(({ action }) => action.endsWith('/ask-again'));
    const { userId } = await world.database.prisma.consent.findFirstOrThrow({
      where: { appId: other.clientId },
    });
    const { items } = (await call('GET', `/users/${userId}/consents`)).body as { items: unknown[] };
    expect(items).toContainEqual(expect.objectContaining({ app: other.clientId, left_out: ['idp:github'] }));
    expect((await browser.submit(page, { form })).text).toContain('The app asks you at your next sign-in.');
    expect((await browser.open(path)).text).not.toContain('What you left out');
    expect(boxes((await ask(other, browser, { scope })).page)).toEqual(['share_github ticked']);
  });

  it('comes with the page’s own tick where the person leaves it', async () => {
    const other = await appWith([{ connection: 'github', consent: 'ticked' }]);
    const { page, tokens } = await ask(other, browser, { scope });
    expect((await tokenOf(await tokens(await browser.submit(page)), 'github')).status).toBe(200);
  });

  it('is asked for as a part of the consent once the app needs it', async () => {
    const other = await appWith([{ connection: 'github', consent: 'unticked' }]);
    const { page } = await ask(other, browser, { scope });
    expect(boxes(page)).toEqual(['share_github']);
    // The mark changes while the page is open: the page that had the box decides nothing.
    await call('PATCH', `/apps/${other.clientId}`, { connections: [{ connection: 'github' }] });
    const again = await browser.submit(page);
    expect([again.stopped, boxes(again)]).toEqual([false, []]);
    expect((await browser.submit(again)).stopped).toBe(true);
  });
});

describe('a line that the page does not show', () => {
  it('is never given, though the app gets it back later', async () => {
    const app = await appWith([{ connection: 'github' }]);
    const browser = visitor();
    const request = { scope: 'openid idp:github' };
    const { page, tokens } = await ask(app, browser, { ...request, connection: 'github' });
    await call('PATCH', `/apps/${app.clientId}`, { connections: [] });
    const without = await browser.open(page.url);
    expect(without.text).not.toContain('GitHub');
    await tokens(await browser.submit(without));
    await call('PATCH', `/apps/${app.clientId}`, { connections: [{ connection: 'github' }] });
    const silent = await ask(app, browser, { ...request, prompt: 'none' });
    expect(silent.page.url.searchParams.get('error')).toBe('consent_required');
  });

  it('is no question any more where another tab has allowed it', async () => {
    const app = await appWith(
      ['github', 'gitlab'].map((connection) => ({ connection, consent: 'unticked' })),
    );
    const browser = visitor();
    const request = { scope: 'openid idp:github idp:gitlab' };
    const one = await ask(app, browser, { ...request, connection: 'github' });
    const other = await ask(app, browser, request);
    await one.tokens(await browser.submit(one.page, { fields: { share_github: 'yes' } }));
    const again = await browser.submit(other.page, { fields: { share_gitlab: 'yes' } });
    expect(boxes(again)).toEqual(['share_gitlab']);
    const bearer = await other.tokens(await browser.submit(again));
    expect((await tokenOf(bearer, 'github')).status).toBe(200);
    expect((await tokenOf(bearer, 'gitlab')).body.code).toBe('insufficient_scope');
  });

  it('is shown first where its API gets it back while the page is open', async () => {
    const { app, identifier, id } = await appOfApi([{ name: 'read' }, { name: 'send' }]);
    const browser = visitor();
    const request = { scope: 'openid read send', audience: identifier, connection: 'github' };
    const { page } = await ask(app, browser, request);
    await call('PATCH', `/apis/${id}`, { scopes: [{ name: 'read' }] });
    const without = await browser.open(page.url);
    expect(without.text).not.toContain('send');
    await call('PATCH', `/apis/${id}`, { scopes: [{ name: 'read' }, { name: 'send' }] });
    const again = await browser.submit(without);
    expect([again.stopped, again.text]).toEqual([false, expect.stringContaining('send')]);
  });
});

describe('an account that the person has not linked', () => {
  const scope = 'openid idp:github idp:gitlab';
  let app: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    app = await appWith([{ connection: 'github' }, { connection: 'gitlab' }]);
    browser = visitor();
  });

  it('has a line of its own, and the next sign-in does not ask for what was left out', async () => {
    const { page } = await ask(app, browser, { scope, connection: 'github' });
    expect(boxes(page)).toEqual(['share_gitlab ticked']);
    expect(page.text).toContain('Let the app use this account as soon as you link it');
    // An older process compares this field with the ids alone, and shows its own page before it allows all.
    expect(page.forms[0]?.fields.connections).toMatch(/^con_\w+ con_\w+ share_gitlab$/);
    await browser.submit(page, { fields: { share_gitlab: '' } });
    const silent = await ask(app, browser, { scope, prompt: 'none' });
    const refused = await tokenOf(await silent.tokens(silent.page), 'gitlab');
    expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
  });

  it('comes with the page as it is, for which the app gets the link to add it', async () => {
    const other = await appWith([{ connection: 'github' }, { connection: 'gitlab' }]);
    const { page, tokens } = await ask(other, browser, { scope });
    const missing = await tokenOf(await tokens(await browser.submit(page)), 'gitlab');
    expect(missing).toMatchObject({ status: 404, body: { link_url: expect.any(String) } });
    const marked = await appWith([{ connection: 'github' }, { connection: 'gitlab', consent: 'unticked' }]);
    expect(boxes((await ask(marked, browser, { scope })).page)).toEqual(['share_gitlab']);
  });

  it('is asked for again where the request names it alone', async () => {
    const { page } = await ask(app, browser, { scope: 'openid idp:gitlab' });
    expect(boxes(page)).toEqual(['share_gitlab ticked']);
    const beside = await ask(app, browser, { scope: 'openid idp:gitlab idp:unknown' });
    expect(boxes(beside.page)).toEqual(['share_gitlab ticked']);
    // Without the tick it is asked for again: the app needs it.
    await browser.submit(page, { fields: { share_gitlab: '' } });
    const again = await ask(app, browser, { scope: 'openid idp:gitlab' });
    expect(boxes(again.page)).toEqual(['share_gitlab ticked']);
    const bearer = await again.tokens(await browser.submit(again.page));
    expect((await tokenOf(bearer, 'gitlab')).body).toMatchObject({ code: 'identity_not_found' });
  });

  it('is a part of the consent once the person has linked it', async () => {
    const other = await appWith([{ connection: 'github' }, { connection: 'gitee' }]);
    const both = { scope: 'openid idp:github idp:gitee' };
    await browser.submit((await ask(other, browser, both)).page, { fields: { share_gitee: '' } });
    const consent = await world.database.prisma.consent.findFirstOrThrow({
      where: { appId: other.clientId },
    });
    await linkSecond(world, consent.userId, 'gitee', 'sam-at-gitee');
    const { page } = await ask(other, browser, both);
    expect([boxes(page), page.stopped]).toEqual([[], false]);
    expect(page.text).toMatch(/Use Gitee with your account/);
  });
});

describe('a scope that its API marks as optional', () => {
  it('has a box, and unticked it is in no token until the person allows it', async () => {
    const { app, identifier } = await appOfApi([
      { name: 'read' },
      { name: 'send', description: 'Send mail', optional: true },
    ]);
    const browser = visitor();
    const request = { scope: 'openid read send', audience: identifier };
    const first = await ask(app, browser, { ...request, connection: 'github' });
    expect(boxes(first.page)).toEqual(['scope_0_send ticked']);
    const landed = await browser.submit(first.page, { fields: { scope_0_send: '' } });
    const scopeOf = (bearer: string) =>
      JSON.parse(Buffer.from(bearer.split('.')[1] ?? '', 'base64url').toString()).scope;
    expect(scopeOf(await first.tokens(landed))).toBe('openid read');
    const silent = await ask(app, browser, { ...request, prompt: 'none' });
    expect(scopeOf(await silent.tokens(silent.page))).toBe('openid read');
    const again = await ask(app, browser, { ...request, prompt: 'consent' });
    const given = await browser.submit(again.page, { fields: { scope_0_send: 'yes' } });
    expect(scopeOf(await again.tokens(given))).toBe('openid read send');
  });

  it('has a box among as many as an API can have', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `mail:scope.${index}`);
    const { app, identifier } = await appOfApi(names.map((name) => ({ name, optional: true })));
    const browser = visitor();
    const request = { scope: `openid ${names.join(' ')}`, audience: identifier, connection: 'github' };
    const { page } = await ask(app, browser, request);
    expect((await browser.submit(page)).stopped).toBe(true);
  });
});
