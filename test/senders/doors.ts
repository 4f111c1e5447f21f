import { randomBytes } from 'node:crypto';
import * as oidc from 'openid-client';
import { createApp, type TestApp } from '../support/app.ts';
import { type DpopKey, type ProofParts, proof } from '../support/dpop.ts';
import type { World } from '../support/world.ts';

/** The tokens of one person and one app, all bound to one key. */
export interface BoundTokens {
  readonly key: DpopKey;
  readonly app: TestApp;
  readonly userId: string;
  /** For the broker's API, for Auth0's My Account API, for the admin API. */
  readonly access: string;
  readonly account: string;
  readonly admin: string;
  /** For the MCP server. */
  readonly agent: string;
  /** The app's own, for the broker's API and for Auth0's Management API. */
  readonly own: string;
  readonly manager: string;
}

type TokenName = 'access' | 'account' | 'admin' | 'agent' | 'own' | 'manager';

/** A door that takes the token in the header. */
export interface HeaderDoor {
  readonly token: TokenName;
  readonly path: (tokens: BoundTokens) => string;
  readonly method?: string;
  /** JSON. */
  readonly body?: string;
}

export const headerDoors = {
  me: { token: 'access', path: () => '/v1/me' },
  identities: { token: 'access', path: () => '/v1/me/identities' },
  token: { token: 'access', path: () => '/v1/me/identities/google/token?min_ttl=0' },
  proxy: { token: 'access', path: () => '/v1/me/identities/google/proxy/v1/userinfo?alt=json' },
  background: { token: 'own', path: ({ userId }) => `/v1/users/${userId}/identities/google/token` },
  backgroundProxy: {
    token: 'own',
    path: ({ userId }) => `/v1/users/${userId}/identities/google/proxy/v1/userinfo`,
  },
  userinfo: { token: 'access', path: () => '/userinfo' },
  postedUserinfo: { token: 'access', path: () => '/userinfo', method: 'POST' },
  realmUserinfo: {
    token: 'access',
    path: () => '/realms/symbolon/protocol/openid-connect/userinfo',
  },
  brokerV1: { token: 'access', path: () => '/realms/symbolon/broker/google/token' },
  connectedAccounts: { token: 'account', path: () => '/me/v1/connected-accounts/accounts' },
  management: { token: 'manager', path: ({ userId }) => `/api/v2/users/${userId}` },
  admin: { token: 'admin', path: () => '/admin/v1/me' },
  mcp: {
    token: 'agent',
    path: () => '/mcp',
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  },
} as const satisfies Readonly<Record<string, HeaderDoor>>;

export async function bindTokens(world: World, key: DpopKey, user: string): Promise<BoundTokens> {
  const app = await createApp(world, { connections: [] });
  const apis = ['/me/', '/api/v2/', '/admin/v1', '/mcp'].map((path) => world.issuer + path);
  const rule = { methods: ['GET' as const], path: '/v1/userinfo' };
  const line = { connection: 'google', background: true, proxy: [rule] };
  await world.broker.issuance.apps.update(app.clientId, { connections: [line], apis });
  const dpop = await handleOf(app, key);
  const signIn = async (scope: string, audience?: string) => {
    const parameters = audience === undefined ? {} : { audience: world.issuer + audience };
    return (await app.signIn({ connection: 'google', user, scope, parameters, dpop })).access_token;
  };
  const access = await signIn('openid profile offline_access idp:google');
  const account = await signIn('openid read:me:connected_accounts', '/me/');
  const admin = await signIn('openid admin', '/admin/v1');
  const agent = await signIn('openid accounts:read', '/mcp');
  const ask = async (fields: Record<string, string>) => {
    const tokens = await oidc.clientCredentialsGrant(app.configuration, fields, { DPoP: dpop });
    world.remember(tokens.access_token);
    return tokens.access_token;
  };
  const own = await ask({ scope: 'idp:google' });
  const manager = await ask({
    audience: `${world.issuer}/api/v2/`,
    scope: 'read:users read:user_idp_tokens',
  });
  const [row] = await world.database.prisma.user.findMany({ orderBy: { createdAt: 'desc' }, take: 1 });
  return { key, app, userId: String(row?.id), access, account, admin, agent, own, manager };
}

/** openid-client's own proofs, with this key. */
export async function handleOf({ configuration }: TestApp, key: DpopKey): Promise<oidc.DPoPHandle> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const jwk = key.privateKey.export({ format: 'jwk' });
  const { subtle } = crypto;
  return oidc.getDPoPHandle(configuration, {
    privateKey: await subtle.importKey('jwk', jwk, algorithm, false, ['sign']),
    publicKey: await subtle.importKey('jwk', key.publicJwk, algorithm, true, ['verify']),
  });
}

export interface Knock {
  /** Parts of the proof that replace the right ones. Null: no proof. */
  readonly proof?: (ProofParts & { readonly key?: DpopKey }) | null;
  readonly scheme?: string;
  readonly token?: string;
  /** The whole header, in place of a proof. */
  readonly header?: string;
  readonly nonce?: string;
}

export interface Heard {
  readonly status: number;
  /** The scheme and the error of the challenge, or `open`. */
  readonly outcome: string;
  readonly nonce: string | null;
  readonly text: string;
}

/** Sends one request to a door. */
export async function knock(
  base: { readonly issuer: string; readonly url?: string },
  tokens: BoundTokens,
  door: HeaderDoor,
  { proof: parts = {}, scheme = 'DPoP', token = tokens[door.token], header, nonce }: Knock = {},
): Promise<Heard> {
  const { method = 'GET', body } = door;
  const path = door.path(tokens);
  const made =
    header ??
    (parts &&
      (await proof(parts.key ?? tokens.key, { method, url: base.issuer + path, token, nonce }, parts)));
  const response = await fetch((base.url ?? base.issuer) + path, {
    method,
    ...(body !== undefined && { body }),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      accept: 'application/json, text/event-stream',
      authorization: `${scheme} ${token}`,
      'symbolon-reason': 'nightly',
      ...(made !== null && { dpop: made }),
    },
  });
  const challenge = response.headers.get('www-authenticate') ?? '';
  const [, asked, error] = /^(\w+) .*?error="(\w+)"/.exec(challenge) ?? [];
  return {
    status: response.status,
    outcome: response.ok ? 'open' : `${asked} ${error}`,
    nonce: response.headers.get('dpop-nonce'),
    text: await response.text(),
  };
}

export const strange = (): string => randomBytes(32).toString('base64url');
