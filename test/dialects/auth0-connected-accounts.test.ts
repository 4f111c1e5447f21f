import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { type Answer, answerOf, getJson, postForm, postJson } from './ask.ts';

// Auth0's Connected Accounts as documented, and the attacks on them.

let world: World;
let app: TestApp;
let base: string;

const redirect = 'https://app.example/callback';
const mine = 'create:me:connected_accounts read:me:connected_accounts delete:me:connected_accounts';

beforeAll(async () => {
  world = await createWorld();
  base = `${world.issuer}/me/v1/connected-accounts`;
  app = await createAccountsApp();
});

async function createAccountsApp(connections?: readonly string[]): Promise<TestApp> {
  const created = await createApp(world, { ...(connections && { connections }) });
  await world.broker.issuance.apps.update(created.clientId, { apis: [`${world.issuer}/me/`] });
  return created;
}

interface Visitor {
  readonly browser: Browser;
  /** The access token is for the My Account API. */
  readonly token: string;
  readonly refreshToken: string;
}

let count = 0;
async function visitor(who: TestApp = app, scope = `openid offline_access ${mine}`): Promise<Visitor> {
  count += 1;
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  const parameters = { audience: `${world.issuer}/me/` };
  const user = `visitor-${count}`;
  const tokens = await who.signIn({ connection: 'google', user, scope, browser, parameters });
  return { browser, token: tokens.access_token, refreshToken: String(tokens.refresh_token) };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');

const connect = (token: string, more: Record<string, unknown> = {}) =>
  postJson(
    `${base}/connect`,
    {
      connection: 'github',
      redirect_uri: redirect,
      state: 'st&te',
      scopes: ['gist'],
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...more,
    },
    bearer(token),
  );
const complete = (token: string, fields: Record<string, unknown>) =>
  postJson(`${base}/complete`, { redirect_uri: redirect, code_verifier: verifier, ...fields }, bearer(token));
const accounts = (token: string, query = '') => getJson(`${base}/accounts${query}`, token);

const addressOf = ({ body }: Answer) => {
  const { ticket } = body.connect_params as { ticket: string };
  world.remember(ticket, String(body.auth_session));
  return `${body.connect_uri}?ticket=${ticket}`;
};

/** Goes from the ticket through the broker and the provider to the app's own URL. */
async function walk(browser: Browser, address: string, user: string): Promise<Page> {
  let page = await browser.open(address);
  for (let steps = 0; steps < 5 && !page.stopped && page.forms.length > 0; steps += 1)
    page = await browser.submit(page, page.text.includes('simulated') ? { fields: { user } } : {});
  return page;
}

const vault = (who: TestApp, refreshToken: string, connection: string) =>
  postForm(`${world.issuer}/oauth/token`, {
    grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    client_id: who.clientId,
    client_secret: who.clientSecret,
    subject_token: refreshToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
    connection,
  });

describe('connecting an account', () => {
  it('takes a ticket, a page, the provider and a code, and then the app may use it', async () => {
    const { browser, token, refreshToken } = await visitor();
    expect((await vault(app, refreshToken, 'github')).status).toBe(403);
    const begun = await connect(token);
    expect(begun).toMatchObject({
      status: 201,
      body: {
        auth_session: expect.any(String),
        connect_uri: `${world.issuer}/account/connect`,
        connect_params: { ticket: expect.any(String) },
        expires_in: 300,
      },
    });
    const page = await browser.open(addressOf(begun));
    expect(page.text).toContain('Test app asks you to link this account');
    expect(page.text).toContain('gist');
    const landed = await walk(browser, addressOf(begun), 'visitor-51');
    expect(landed.url.origin + landed.url.pathname).toBe(redirect);
    expect(landed.url.searchParams.get('state')).toBe('st&te');
    const connect_code = String(landed.url.searchParams.get('connect_code'));
    world.remember(connect_code);
    const done = await complete(token, { auth_session: begun.body.auth_session, connect_code });
    expect(done).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^cac_/),
        connection: 'github',
        access_type: 'offline',
        scopes: expect.arrayContaining(['gist']),
        created_at: expect.any(String),
      },
    });
    const again = await complete(token, { auth_session: begun.body.auth_session, connect_code });
    expect(again.status).toBe(400);
    expect((await vault(app, refreshToken, 'github')).status).toBe(200);
    const listed = await accounts(token, '?connection=github');
    expect(listed.body.accounts).toEqual([done.body]);
  });

  it('comes back as an error if the person declines here or at the provider', async () => {
    const { browser, token } = await visitor();
    const page = await browser.open(addressOf(await connect(token)));
    const cancel = page.links.find(({ href }) => href.startsWith(redirect));
    expect(new URL(String(cancel?.href)).searchParams.get('error')).toBe('access_denied');
    const lab = await browser.submit(page);
    const denied = await browser.submit(lab, { button: 'Deny', fields: { user: 'visitor-52' } });
    expect(denied.url.searchParams.get('error')).toBe('access_denied');
    expect(denied.url.searchParams.get('state')).toBe('st&te');
    expect(denied.url.searchParams.has('connect_code')).toBe(false);
  });
});

describe('no other person or app', () => {
  it('can use a ticket sent to them to link an account for the sender', async () => {
    const attacker = await visitor();
    const victim = await visitor();
    const begun = await connect(attacker.token);
    const page = await victim.browser.open(addressOf(begun));
    expect(page.status).toBe(400);
    expect(page.forms).toHaveLength(0);
  });

  it('can finish another’s request, or one with missing parts', async () => {
    const { browser, token } = await visitor();
    const begun = await connect(token);
    const landed = await walk(browser, addressOf(begun), `visitor-${count + 60}`);
    const connect_code = String(landed.url.searchParams.get('connect_code'));
    world.remember(connect_code);
    const { auth_session } = begun.body;
    const other = await visitor();
    const sibling = await createAccountsApp();
    const theirs = await sibling.signIn({
      connection: 'google',
      user: `visitor-${count - 1}`,
      scope: `openid ${mine}`,
      parameters: { audience: `${world.issuer}/me/` },
    });
    const wrong = [
      await complete(other.token, { auth_session, connect_code }),
      await complete(theirs.access_token, { auth_session, connect_code }),
      await complete(token, { auth_session, connect_code: 'x' }),
      await complete(token, { auth_session: 'x', connect_code }),
      await complete(token, { auth_session, connect_code, code_verifier: 'w'.repeat(43) }),
      await complete(token, { auth_session, connect_code, code_verifier: undefined }),
      await complete(token, { auth_session, connect_code, redirect_uri: `${redirect}/x` }),
    ];
    expect(wrong.map(({ status }) => status)).toEqual(wrong.map(() => 400));
    expect((await complete(token, { auth_session, connect_code })).status).toBe(201);
  });

  it('gets far with an expired, used or invented ticket', async () => {
    const { browser, token } = await visitor();
    const begun = await connect(token);
    world.clock.advance(minutes(6));
    expect((await browser.open(addressOf(begun))).status).toBe(400);
    expect((await browser.open(`${world.issuer}/account/connect?ticket=x`)).status).toBe(400);
    expect((await browser.open(`${world.issuer}/account/connect`)).status).toBe(400);
  });
});

describe('an app', () => {
  it('may request only its own connections, scopes, addresses and proof', async () => {
    const narrow = await createAccountsApp(['google']);
    const { token } = await visitor(narrow);
    expect(await connect(token)).toMatchObject({ status: 403, body: { code: 'connection_not_allowed' } });
    const me = await visitor();
    const wrong = [
      { redirect_uri: `${redirect}?x=1` },
      { redirect_uri: 'https://evil.example/' },
      { scopes: ['a b'] },
      { code_challenge: 'short' },
      { code_challenge_method: 'plain' },
      { state: 'a\r\nb' },
    ];
    for (const more of wrong) expect((await connect(me.token, more)).status).toBe(400);
    const connections = [{ connection: 'github', scopes: ['read:user'] }];
    await world.broker.issuance.apps.update(narrow.clientId, { connections });
    expect((await connect(token)).status).toBe(403);
  });

  it('needs a challenge if it keeps no secret', async () => {
    const { issuance, identities } = world.broker;
    const { app: page } = await issuance.apps.create({
      name: 'Page',
      type: 'spa',
      firstParty: true,
      redirectUris: [redirect],
      connections: [{ connection: 'github' }],
      apis: [`${world.issuer}/me/`],
    });
    const { token } = await visitor();
    const [user] = (await identities.listUsers({ limit: 1 })).users;
    expect((await connect(token)).status).toBe(201);
    const issued = await issuance.issueTokens({
      userId: user?.id ?? '',
      clientId: page.id,
      scopes: mine.split(' '),
      resource: `${world.issuer}/me/`,
    });
    const own = String(issued.access_token);
    world.remember(own);
    const bare = { scopes: [], code_challenge: undefined, code_challenge_method: undefined };
    expect(await connect(own, bare)).toMatchObject({ status: 400 });
    expect((await connect(own, { scopes: [] })).status).toBe(201);
  });

  it('needs the scope of each call, and a token of this API', async () => {
    const { token } = await visitor(app, 'openid read:me:connected_accounts');
    expect(await connect(token)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect((await accounts(token)).status).toBe(200);
    const plain = await app.signIn({ connection: 'google', user: 'ada' });
    for (const bad of [plain.access_token, String(plain.id_token), 'x']) {
      const refused = await accounts(bad);
      expect(refused).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
      expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
    }
    expect((await getJson(`${world.issuer}/v1/me`, token)).status).toBe(401);
  });

  it('sees the connections it may use, and unlinks without locking the person out', async () => {
    const { token, refreshToken } = await visitor(await googleOnly());
    const known = await getJson(`${base}/connections`, token);
    expect(known.body.connections).toEqual([
      { name: 'google', strategy: 'google', scopes: expect.any(Array) },
    ]);
    const [account] = (await accounts(token)).body.accounts as { id: string }[];
    const remove = (id: string, bearerToken: string) =>
      fetch(`${base}/accounts/${id}`, { method: 'DELETE', headers: bearer(bearerToken) }).then(answerOf);
    const other = await visitor(await googleOnly());
    expect((await remove(String(account?.id), other.token)).status).toBe(404);
    expect((await remove(String(account?.id), token)).status).toBe(204);
    expect((await accounts(token)).body.accounts).toEqual([]);
    expect((await remove(String(account?.id), token)).status).toBe(404);
    const { counters } = (await world.control('GET', 'google')) as { counters: Record<string, number> };
    expect(counters.revoke).toBeGreaterThan(0);
    expect(refreshToken).toBeDefined();
  });

  const googleOnly = () => createAccountsApp(['google']);
});
