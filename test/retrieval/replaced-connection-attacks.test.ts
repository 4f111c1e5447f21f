import { beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { Secret } from '../../src/kit/secret.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp, type Tokens } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { linkSecond } from '../support/second-account.ts';
import { createWorld, type World } from '../support/world.ts';

// A connection is removed, and another provider gets its alias. Nothing that was granted for the first counts for the
// second: neither at the process that made the change nor at another one.

const alias = 'rented';
const scope = `openid offline_access idp:${alias}`;

let world: World;
let second: string;
let visitors = 0;

beforeAll(async () => {
  world = await createWorld();
  second = (await world.another()).url;
  await connect('github');
});

/** Gives the alias to a provider of the lab. */
async function connect(provider: string): Promise<void> {
  const found = world.lab.connections().find((one) => one.provider === provider);
  if (!found) throw new Error(`the lab has no ${provider}`);
  const { clientId: client_id, clientSecret: client_secret, endpoints } = found;
  const rest = { scopes: [], enabled: true, for: 'login' as const, options: {} };
  await world.broker.connections.create({ alias, provider, client_id, client_secret, endpoints, ...rest });
}

/** Links an account at the connection that has the alias now, with a token. */
async function link(userId: string): Promise<void> {
  visitors += 1;
  const subject = `account-${visitors}`;
  const owner = await linkSecond(world, userId, alias, subject);
  const connection = await world.broker.connections.findNow(alias);
  if (!connection) throw new Error('no connection');
  await world.broker.vault.storeTokens({
    ...owner,
    subject,
    connection,
    tokens: {
      accessToken: new Secret(`token of ${subject}`),
      refreshToken: undefined,
      expiresIn: 3600,
      refreshExpiresIn: undefined,
      scopes: undefined,
      parameters: {},
      extra: {},
    },
  });
}

async function post(app: TestApp, path: string, fields: Record<string, string>): Promise<Outcome> {
  const client = { client_id: app.clientId, client_secret: app.clientSecret };
  const body = new URLSearchParams({ ...client, ...fields });
  const response = await fetch(`${world.issuer}${path}`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

interface Outcome {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const urn = 'urn:ietf:params:oauth';
const ofType = (token: unknown, type: 'access_token' | 'refresh_token') => ({
  subject_token: String(token),
  subject_token_type: `${urn}:token-type:${type}`,
});

type Door = (app: TestApp, tokens: Tokens, origin: string) => Promise<Outcome>;

const exchange =
  (type: 'access_token' | 'refresh_token'): Door =>
  (app, tokens) =>
    post(app, '/oauth/token', {
      grant_type: `${urn}:grant-type:token-exchange`,
      requested_token_type: 'urn:symbolon:token-type:idp-access-token',
      connection: alias,
      ...ofType(tokens[type], type),
    });

const tokenVault =
  (type: 'access_token' | 'refresh_token'): Door =>
  (app, tokens) =>
    post(app, '/oauth/token', {
      grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
      requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      connection: alias,
      ...ofType(tokens[type], type),
    });

const doors: Readonly<Record<string, Door>> = {
  'GET /v1/me/identities/{ref}/token': (_app, { access_token }, origin) =>
    callApi(origin, `/v1/me/identities/${alias}/token`, access_token),
  'token exchange of an access token': exchange('access_token'),
  'token exchange of a refresh token': exchange('refresh_token'),
  'Auth0’s exchange of an access token': tokenVault('access_token'),
  'Auth0’s exchange of a refresh token': tokenVault('refresh_token'),
  'Keycloak’s broker token, V1': (_app, { access_token }, origin) =>
    callApi(origin, `/realms/symbolon/broker/${alias}/token`, access_token),
  'Keycloak’s broker token, V2': (app, { access_token }) =>
    post(app, `/realms/symbolon/broker/${alias}/token`, { token: access_token }),
  'Keycloak’s external token': (app, { access_token }) =>
    post(app, '/realms/symbolon/protocol/openid-connect/token', {
      grant_type: `${urn}:grant-type:token-exchange`,
      ...ofType(access_token, 'access_token'),
      requested_issuer: alias,
    }),
};

interface Person {
  readonly app: TestApp;
  readonly tokens: Tokens;
  readonly userId: string;
}

async function person(app: TestApp): Promise<Person> {
  visitors += 1;
  const tokens = await app.signIn({ connection: 'google', user: `visitor-${visitors}`, scope });
  const { body } = await callApi(world.issuer, '/v1/me', tokens.access_token);
  return { app, tokens, userId: String(body.id) };
}

async function outcomes({ app, tokens }: Person): Promise<Record<string, string>> {
  const all = Object.entries(doors).map(async ([name, door]) => {
    const { body } = await door(app, tokens, world.issuer);
    return [name, 'access_token' in body ? 'a token' : 'refused'] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

const everywhere = (what: string) => Object.fromEntries(Object.keys(doors).map((name) => [name, what]));

/** The removal, a new connection of that alias, and the operator who lets the same apps use it. */
async function replace(apps: readonly TestApp[], line = {}): Promise<void> {
  await world.broker.removals.removeConnection(alias);
  await connect('google');
  for (const { clientId } of apps) {
    const connections = [{ connection: 'google' }, { connection: alias, ...line }];
    await world.broker.issuance.apps.update(clientId, { connections });
  }
}

describe.each(['jwt', 'opaque'] as const)('a %s access token and its grant', (accessTokenFormat) => {
  it('get nothing of a later connection with the same alias, whatever they are shown to', async () => {
    const app = await createApp(world, { connections: ['google', alias] });
    await world.broker.issuance.apps.update(app.clientId, { accessTokenFormat });
    const before = await person(app);
    await link(before.userId);
    expect(await outcomes(before)).toEqual(everywhere('a token'));

    await replace([app]);
    await link(before.userId);
    expect(await outcomes(before)).toEqual(everywhere('refused'));
    const elsewhere = await callApi(second, `/v1/me/identities/${alias}/token`, before.tokens.access_token);
    expect(elsewhere.body).not.toHaveProperty('access_token');

    const renewed = await post(app, '/oauth/token', {
      grant_type: 'refresh_token',
      refresh_token: String(before.tokens.refresh_token),
    });
    const tokens = { ...before.tokens, ...renewed.body } as Tokens;
    expect(await outcomes({ ...before, tokens })).toEqual(everywhere('refused'));

    const after = await app.signIn({ connection: 'google', user: `visitor-${visitors - 2}`, scope });
    expect(await outcomes({ ...before, tokens: after })).toEqual(everywhere('a token'));
  });
});

it('a consent page that was shown for an earlier connection is shown again for the later one', async () => {
  const app = await createApp(world, { connections: ['google', alias] });
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  visitors += 1;
  const user = `visitor-${visitors}`;
  await app.signIn({ connection: 'google', user, browser, scope: 'openid' });
  const { url } = await app.start({ scope });
  const page = await browser.open(url);
  await replace([app]);
  const again = await browser.submit(page, { button: 'allow' });
  expect(again.url.pathname).toBe(page.url.pathname);
  expect(again.stopped).toBe(false);
  expect((await browser.submit(again, { button: 'allow' })).url.searchParams.get('code')).toBeTruthy();
});

describe('what an older version has stored without ids', () => {
  /** Takes the ids away, as if the person had signed in before they were recorded. */
  async function age({ clientId }: TestApp): Promise<void> {
    const { pool } = world.database;
    await pool.query('UPDATE consent SET connections = NULL WHERE app_id = $1', [clientId]);
    await pool.query(
      `UPDATE artifact SET payload = (payload::jsonb - 'connections')::text WHERE kind = 'Grant' AND client_id = $1`,
      [clientId],
    );
    await world.adopt();
  }

  async function refreshed(app: TestApp, { refresh_token }: Tokens): Promise<Record<string, unknown>> {
    const fields = { grant_type: 'refresh_token', refresh_token: String(refresh_token) };
    return (await post(app, '/oauth/token', fields)).body;
  }

  it('goes on for its own connection, and does not count for a later one', async () => {
    // Without ids, times decide, and those of tokens are in whole seconds.
    await world.database.pool.query(
      `UPDATE connection SET created_at = created_at - interval '1 minute', updated_at = now() WHERE alias = $1`,
      [alias],
    );
    await world.adopt();
    world.broker.connections.clearCache();
    const app = await createApp(world, { connections: ['google', alias] });
    const before = await person(app);
    await link(before.userId);
    await age(app);
    const tokens = { ...before.tokens, ...(await refreshed(app, before.tokens)) } as Tokens;
    expect(await outcomes({ ...before, tokens })).toEqual(everywhere('a token'));

    // The connection is replaced by a process that ends nothing: the row was deleted by hand.
    await world.database.pool.query('DELETE FROM connection WHERE alias = $1', [alias]);
    world.broker.connections.clearCache();
    await connect('google');
    const connections = [{ connection: 'google' }, { connection: alias }];
    await world.broker.issuance.apps.update(app.clientId, { connections });
    await link(before.userId);
    await age(app);
    const later = { ...before.tokens, ...(await refreshed(app, tokens)) } as Tokens;
    expect(later.access_token).not.toBe(tokens.access_token);
    expect(await outcomes({ ...before, tokens: later })).toEqual(everywhere('refused'));
  });
});

describe('an app that acts in the background', () => {
  async function ownToken(app: TestApp): Promise<string> {
    const grant = { grant_type: 'client_credentials', scope: `idp:${alias}` };
    return String((await post(app, '/oauth/token', grant)).body.access_token);
  }

  it('needs the person’s consent to the later connection, and a new token', async () => {
    const app = await createApp(world, { connections: ['google', alias], background: true });
    const before = await person(app);
    await link(before.userId);
    const old = await ownToken(app);
    const retrieval = (token: string, origin = world.issuer) =>
      callApi(origin, `/v1/users/${before.userId}/identities/${alias}/token?reason=nightly`, token);
    for (const origin of [world.issuer, second]) expect((await retrieval(old, origin)).status).toBe(200);

    await replace([app], { background: true });
    await link(before.userId);
    const { code } = (await retrieval(old)).body;
    expect(code).toBe('insufficient_scope');
    const renewed = await ownToken(app);
    for (const origin of [world.issuer, second])
      await expect.poll(async () => (await retrieval(renewed, origin)).body.code).toBe('consent_required');

    await app.signIn({ connection: 'google', user: `visitor-${visitors - 2}`, scope });
    // A process keeps a consent for five seconds.
    world.clock.advance(seconds(6));
    expect((await retrieval(renewed)).status).toBe(200);
  });
});
