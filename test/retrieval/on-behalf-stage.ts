import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import type { World } from '../support/world.ts';

/** A client of the token endpoint. */
export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An API with a policy and a secret, an app that calls it, and a person. */
export interface ApiStage {
  readonly app: TestApp;
  readonly api: Client & { readonly identifier: string };
  readonly connection: string;
  readonly userId: string;
  /** The person at the provider. */
  readonly user: string;
  /** The person's token for the API. */
  readonly token: string;
  readonly refresh: string;
}

const oauth = 'urn:ietf:params:oauth';
export const providerType = 'urn:symbolon:token-type:idp-access-token';
export const ownType = `${oauth}:token-type:access_token`;

let made = 0;

type NewApi = Parameters<World['broker']['issuance']['apis']['create']>[0];
const line = {
  connection: 'google',
  proxy: [{ methods: ['GET' as const], path: '/v1/userinfo' }],
};

export async function createApi(world: World, more: Partial<NewApi> = {}): Promise<ApiStage['api']> {
  made += 1;
  const identifier = more.identifier ?? `https://mcp-${made}.example/mcp`;
  const scopes = [{ name: 'notes:read', description: 'Read your notes' }];
  const { apis } = world.broker.issuance;
  const name = `Notes server ${made}`;
  const { id } = await apis.create({ name, scopes, connections: [line], ...more, identifier });
  const clientSecret = (await apis.rotateSecret(id)).reveal();
  world.remember(clientSecret);
  return { clientId: id, clientSecret, identifier };
}

/** Returns an app that may ask for tokens of these APIs. */
export async function createCaller(
  world: World,
  apis: readonly string[],
  options: { readonly firstParty?: boolean } = {},
): Promise<TestApp> {
  const app = await createApp(world, { connections: [], ...options });
  await world.broker.issuance.apps.update(app.clientId, { apis: [...apis] });
  return app;
}

export interface StageOptions {
  readonly user?: string;
  readonly scope?: string;
  readonly api?: Partial<NewApi>;
  readonly firstParty?: boolean;
}

export async function createApiStage(world: World, options: StageOptions = {}): Promise<ApiStage> {
  const { user = `visitor-${made + 1}`, firstParty = false } = options;
  const api = await createApi(world, options.api);
  const app = await createCaller(world, [api.identifier], { firstParty });
  const tokens = await signInFor(app, api, { user, scope: options.scope });
  const userId = await personOf(world, user);
  return { app, api, connection: 'google', userId, user, ...tokens };
}

/** Signs the person in for a token of the API. */
export async function signInFor(
  app: TestApp,
  { identifier }: Pick<ApiStage['api'], 'identifier'>,
  {
    user,
    scope = 'openid offline_access notes:read idp:google',
  }: { user: string; scope?: string | undefined },
): Promise<{ token: string; refresh: string }> {
  const asked = { connection: 'google', user, scope, parameters: { resource: identifier } };
  const { access_token: token, refresh_token: refresh } = await app.signIn(asked);
  return { token, refresh: String(refresh) };
}

async function personOf(world: World, user: string): Promise<string> {
  const app = await createApp(world, { connections: ['google'] });
  const { access_token } = await app.signIn({ connection: 'google', user, scope: 'openid' });
  return String((await callApi(world.issuer, '/v1/me', access_token)).body.id);
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Sends a token exchange as this client. */
export async function exchangeAs(
  world: World,
  { clientId, clientSecret }: Client,
  subjectToken: string,
  more: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const body = new URLSearchParams({
    grant_type: `${oauth}:grant-type:token-exchange`,
    client_id: clientId,
    ...(clientSecret && { client_secret: clientSecret }),
    subject_token: subjectToken,
    subject_token_type: ownType,
    ...more,
  });
  const response = await fetch(`${world.issuer}/oauth/token`, { method: 'POST', body, headers });
  const answer = (await response.json()) as Record<string, unknown>;
  if (typeof answer.access_token === 'string') world.remember(answer.access_token);
  return { status: response.status, body: answer };
}

/** Asks for the provider's token. */
export const providerToken = (
  world: World,
  { api, token }: Pick<ApiStage, 'api' | 'token'>,
  more: Readonly<Record<string, string>> = {},
) => exchangeAs(world, api, token, { requested_token_type: providerType, connection: 'google', ...more });

/** Asks for a token of ours for `/v1`. */
export const ownToken = (
  world: World,
  { api, token }: Pick<ApiStage, 'api' | 'token'>,
  more: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
) => exchangeAs(world, api, token, { resource: `${world.issuer}/v1`, ...more }, headers);
