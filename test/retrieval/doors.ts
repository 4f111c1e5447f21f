import type { Door } from '../security/doors.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
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
  const app = await createDoorApp(world, alias);
  const tokens = await signIn(app, alias, `visitor-${stages}`);
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
    ...(await ownTokens(world, app, alias)),
  };
}

/** Returns an app whose policy lets it use every door of the connection. */
export async function createDoorApp(world: World, alias: string): Promise<TestApp> {
  const app = await createApp(world, { connections: [] });
  const connections = [
    { connection: alias, ...policyLine },
    { connection: 'github', background: true },
  ];
  const apis = [managementOf(world), `${world.issuer}/me/`];
  await world.broker.issuance.apps.update(app.clientId, { connections, apis });
  return app;
}

export async function signIn(
  app: TestApp,
  alias: string,
  user: string,
  more: { readonly scope?: string; readonly parameters?: Readonly<Record<string, string>> } = {},
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
  { clientId, clientSecret }: TestApp,
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
