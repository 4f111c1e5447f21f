import type { Door } from '../security/doors.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser } from '../support/browser.ts';
import { linkSecond } from '../support/second-account.ts';
import type { World } from '../support/world.ts';
import { rawCall } from './proxy-stage.ts';

/** One person, one app and one connection, with all tokens that open a door. */
export interface Stage {
  readonly app: TestApp;
  /** The app that sends the person's tokens to the token endpoint. */
  readonly sender: TestApp;
  readonly alias: string;
  readonly userId: string;
  readonly identityId: string;
  readonly access: string;
  readonly refresh: string;
  /** The app's own tokens, for the broker's API and for Auth0's Management API. */
  readonly own: string;
  readonly manager: string;
  /** An API that the app calls, the person's token for it, and the API that sends that token to the token endpoint. */
  readonly api: DoorApi;
  readonly apiToken: string;
  readonly apiSender: Pick<DoorApi, 'clientId' | 'clientSecret'>;
}

interface DoorApi {
  readonly identifier: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export const policyLine = {
  background: true,
  proxy: [{ methods: ['GET' as const], path: '/v1/userinfo' }],
};

let stages = 0;

/** Makes a stage with a connection of its own, at which the person signed in. */
export async function createStage(world: World): Promise<Stage> {
  stages += 1;
  const alias = `door-${stages}`;
  const google = world.lab.connections().find(({ name }) => name === 'google');
  if (!google) throw new Error('the lab has no google');
  const { clientId: client_id, clientSecret: client_secret, endpoints } = google;
  const rest = { scopes: [], enabled: true, for: 'login' as const, options: {} };
  const registration = { client_id, client_secret, endpoints };
  await world.broker.connections.create({ alias, provider: 'google', ...registration, ...rest });
  const api = await createDoorApi(world, alias);
  const app = await createDoorApp(world, alias, api);
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  const tokens = await signIn(app, alias, `visitor-${stages}`, { browser });
  const apiToken = await apiTokenOf(app, alias, { api, user: `visitor-${stages}`, browser });
  const { id, identities } = (await callApi(world.issuer, '/v1/me', tokens.access)).body;
  const [identity] = identities as { id: string }[];
  const userId = String(id);
  // A person keeps one account when the other is unlinked.
  await linkSecond(world, userId, 'github', `second-${stages}`);
  return {
    app,
    sender: app,
    alias,
    userId,
    identityId: String(identity?.id),
    ...tokens,
    api,
    apiToken,
    apiSender: api,
    ...(await ownTokens(world, app, alias)),
  };
}

/** Returns an API whose policy lets it use the connection on behalf of the apps that call it. */
export async function createDoorApi({ broker, remember }: World, alias: string): Promise<DoorApi> {
  apis += 1;
  const identifier = `https://api-${apis}.example`;
  const { id } = await broker.issuance.apis.create({
    identifier,
    name: 'API',
    connections: [apiLine(alias)],
  });
  const clientSecret = (await broker.issuance.apis.rotateSecret(id)).reveal();
  remember(clientSecret);
  return { identifier, clientId: id, clientSecret };
}

let apis = 0;

export const apiLine = (connection: string) => ({ connection, proxy: policyLine.proxy });

/** Signs the person in for a token of the API. */
export async function apiTokenOf(
  app: TestApp,
  alias: string,
  asked: {
    readonly api: DoorApi;
    readonly user: string;
    readonly browser?: Browser;
    readonly scope?: string;
  },
): Promise<string> {
  const { api, user, browser, scope = `openid idp:${alias}` } = asked;
  const parameters = { resource: api.identifier };
  return (await signIn(app, alias, user, { scope, parameters, ...(browser && { browser }) })).access;
}

/** Returns an app whose policy lets it use every door of the connection. */
export async function createDoorApp(
  world: World,
  alias: string,
  api?: Pick<DoorApi, 'identifier'>,
): Promise<TestApp> {
  const app = await createApp(world, { connections: [] });
  const connections = [
    { connection: alias, ...policyLine },
    { connection: 'github', background: true },
  ];
  const apis = [managementOf(world), `${world.issuer}/me/`, ...(api ? [api.identifier] : [])];
  await world.broker.issuance.apps.update(app.clientId, { connections, apis });
  return app;
}

export async function signIn(
  app: TestApp,
  alias: string,
  user: string,
  more: {
    readonly scope?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly browser?: Browser;
  } = {},
): Promise<{ access: string; refresh: string }> {
  const scope = more.scope ?? `openid offline_access idp:${alias}`;
  const tokens = await app.signIn({ connection: alias, user, ...more, scope });
  return { access: tokens.access_token, refresh: String(tokens.refresh_token) };
}

export async function ownTokens(
  world: World,
  app: TestApp,
  alias: string,
  scopes: { readonly own?: string; readonly manager?: string } = {},
): Promise<{ own: string; manager: string }> {
  const ask = async (fields: Record<string, string>) => {
    const { text } = await post(world, app, '/oauth/token', { grant_type: 'client_credentials', ...fields });
    const token = String(JSON.parse(text).access_token);
    world.remember(token);
    return token;
  };
  const scope = scopes.manager ?? 'read:users read:user_idp_tokens';
  const [own, manager] = await Promise.all([
    ask({ scope: scopes.own ?? `idp:${alias}` }),
    ask({ audience: managementOf(world), scope }),
  ]);
  return { own, manager };
}

const managementOf = ({ issuer }: World) => `${issuer}/api/v2/`;

interface Answer {
  readonly status: number;
  readonly text: string;
}

export async function post(
  { issuer }: World,
  { clientId, clientSecret }: Pick<TestApp, 'clientId' | 'clientSecret'>,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer> {
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...fields });
  const response = await fetch(issuer + path, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
}

const get = ({ issuer }: World, path: string, token: string): Promise<Answer> =>
  rawCall(issuer, path, { headers: { authorization: `Bearer ${token}`, 'symbolon-reason': 'nightly' } });

const oauth = 'urn:ietf:params:oauth';
const exchanging = { grant_type: `${oauth}:grant-type:token-exchange` };
const ofAccess = (token: string) => ({
  subject_token: token,
  subject_token_type: `${oauth}:token-type:access_token`,
});
const ofRefresh = (token: string) => ({
  subject_token: token,
  subject_token_type: `${oauth}:token-type:refresh_token`,
});
const ours = { ...exchanging, requested_token_type: 'urn:symbolon:token-type:idp-access-token' };
const vault = {
  grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
  requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
};
const realm = '/realms/symbolon';

const openings: Readonly<Record<Door, (world: World, stage: Stage) => Promise<Answer>>> = {
  rest: (world, { alias, access }) => get(world, `/v1/me/identities/${alias}/token`, access),
  background: (world, { alias, own, userId }) =>
    get(world, `/v1/users/${userId}/identities/${alias}/token`, own),
  proxy: (world, { alias, access }) => get(world, `/v1/me/identities/${alias}/proxy/v1/userinfo`, access),
  backgroundProxy: (world, { alias, own, userId }) =>
    get(world, `/v1/users/${userId}/identities/${alias}/proxy/v1/userinfo`, own),
  exchangeAccess: (world, { sender, alias, access }) =>
    post(world, sender, '/oauth/token', { ...ours, connection: alias, ...ofAccess(access) }),
  exchangeRefresh: (world, { sender, alias, refresh }) =>
    post(world, sender, '/oauth/token', { ...ours, connection: alias, ...ofRefresh(refresh) }),
  vaultAccess: (world, { sender, alias, access }) =>
    post(world, sender, '/oauth/token', { ...vault, connection: alias, ...ofAccess(access) }),
  vaultRefresh: (world, { sender, alias, refresh }) =>
    post(world, sender, '/oauth/token', { ...vault, connection: alias, ...ofRefresh(refresh) }),
  management: (world, { manager, userId }) => get(world, `/api/v2/users/${userId}`, manager),
  brokerV1: (world, { alias, access }) => get(world, `${realm}/broker/${alias}/token`, access),
  brokerV2: (world, { sender, alias, access }) =>
    post(world, sender, `${realm}/broker/${alias}/token`, { token: access }),
  external: (world, { sender, alias, access }) =>
    post(world, sender, `${realm}/protocol/openid-connect/token`, {
      ...exchanging,
      ...ofAccess(access),
      requested_token_type: `${oauth}:token-type:access_token`,
      requested_issuer: alias,
    }),
  apiExchange: (world, { apiSender, alias, apiToken }) =>
    post(world, apiSender, '/oauth/token', { ...ours, connection: alias, ...ofAccess(apiToken) }),
  async apiProxy(world, { apiSender, alias, apiToken }) {
    const resource = `${world.issuer}/v1`;
    const fields = { ...exchanging, ...ofAccess(apiToken), resource, scope: `idp:${alias}` };
    const exchanged = await post(world, apiSender, '/oauth/token', fields);
    if (exchanged.status !== 200) return exchanged;
    const token = String(JSON.parse(exchanged.text).access_token);
    world.remember(token);
    return await get(world, `/v1/me/identities/${alias}/proxy/v1/userinfo`, token);
  },
  apiVault: (world, { apiSender, alias, apiToken }) =>
    post(world, apiSender, '/oauth/token', { ...vault, connection: alias, ...ofAccess(apiToken) }),
};

export type Outcome = 'open' | 'refused' | 'failed';

/** Tries each door at once. A door is open if the answer has the provider's token, or the answer of its API. */
export async function outcomes(world: World, stage: Stage): Promise<Readonly<Record<string, Outcome>>> {
  const tries = Object.entries(openings).map(async ([door, open]) => {
    const { status, text } = await open(world, stage);
    const isProxy = /proxy/i.test(door);
    const isOpen = isProxy ? status === 200 && text.includes('"sub"') : text.includes('ya29.');
    return [door, isOpen ? 'open' : status < 500 ? 'refused' : 'failed'] as const;
  });
  return Object.fromEntries(await Promise.all(tries));
}
