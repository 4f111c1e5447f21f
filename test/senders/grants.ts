import { seconds } from '../../src/kit/clock.ts';
import { type Client, createApi } from '../retrieval/on-behalf-stage.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { createSdk } from '../support/sdk.ts';
import type { World } from '../support/world.ts';

// Each way to a token, by which a table tries what apps and APIs demand.

export interface TokenRequest {
  readonly fields: Readonly<Record<string, string>>;
  /** Default: that of the app. */
  readonly by?: Client;
  /** Default: the token endpoint. */
  readonly path?: string;
}

/** Sends a request of this app, and returns the body of the answer. */
type Send = (app: TestApp, request: TokenRequest) => Promise<Record<string, unknown>>;

type Holder = 'app' | 'background' | 'api' | 'acting app';

export interface Grant {
  /** Those whose demand counts. */
  readonly holders: readonly Holder[];
  /** Returns a request that needs no more than to be sent, for the broker's API or for another one. */
  readonly prepare: (audience: string | undefined) => Promise<TokenRequest>;
  /** The answer is the provider's token. */
  readonly provider?: true;
  /** The error of a request that is not bound; default: by the holder of the demand. */
  readonly error?: string;
}

type GrantName =
  | 'an authorization code'
  | 'a refresh token'
  | 'client credentials'
  | 'a code for a device'
  | 'an approval elsewhere'
  | 'a proof of a provider’s SDK'
  | 'an API’s exchange for a token of ours'
  | 'the same, by the app that an API names'
  | 'an API’s exchange for the provider’s token'
  | 'the same in Auth0’s words'
  | 'a refresh token, exchanged for the provider’s token'
  | 'a refresh token in Auth0’s words';

export interface Grants {
  readonly app: TestApp;
  readonly api: Client & { readonly identifier: string };
  readonly acting: TestApp;
  readonly all: Readonly<Record<GrantName, Grant>>;
  /** Exchanges of the app's own access token, for the token of the provider. */
  readonly exchanges: Readonly<Record<string, (token: string) => TokenRequest>>;
}

const oauth = 'urn:ietf:params:oauth';
const exchange = `${oauth}:grant-type:token-exchange`;
const type = (name: string) => `${oauth}:token-type:${name}_token`;
const vault = {
  grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
  requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
  connection: 'google',
};
const ours = {
  grant_type: exchange,
  requested_token_type: 'urn:symbolon:token-type:idp-access-token',
  connection: 'google',
};
const realm = '/realms/symbolon';
const scope = 'openid offline_access idp:google';

/** `sendBound` sends a request that proves a key and a certificate. */
export async function createGrants(world: World, sendBound: Send): Promise<Grants> {
  const { apps, apis, ...issuance } = world.broker.issuance;
  const app = await createApp(world, { background: true, connections: ['google'], firstParty: true });
  const acting = await createApp(world, { connections: [] });
  const api = await createApi(world, { firstPartySkipsConsent: true, tokenBinding: 'mtls' });
  const named = await createApi(world, { firstPartySkipsConsent: true, client: acting.clientId });
  const flows = { deviceFlow: true, backchannelTokenDeliveryMode: 'poll' as const };
  await apps.update(app.clientId, { ...flows, apis: [api.identifier, named.identifier] });

  const bound = (request: TokenRequest) => sendBound(app, request);
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  const code = async (audience?: string): Promise<TokenRequest> => {
    const asked = { connection: 'google', scope, ...(audience && { resource: audience }) };
    const { url, checks } = await app.start(asked);
    const { url: landed } = await proceed(browser, await browser.open(url));
    const code_verifier = String(checks.pkceCodeVerifier);
    const fields = { code: String(landed.searchParams.get('code')), code_verifier };
    world.remember(...Object.values(fields));
    return { fields: { grant_type: 'authorization_code', redirect_uri: app.redirectUri, ...fields } };
  };
  const earlier = await bound(await code());
  const [received, forNamed] = [
    await bound(await code(api.identifier)),
    await bound(await code(named.identifier)),
  ];
  const refreshable = async (audience?: string) => String((await bound(await code(audience))).refresh_token);

  const device = async (audience?: string): Promise<TokenRequest> => {
    const begun = await bound({
      path: '/oauth/device',
      fields: { scope, ...(audience && { resource: audience }) },
    });
    world.remember(String(begun.device_code));
    await proceed(browser, await browser.open(String(begun.verification_uri_complete)));
    const fields = { grant_type: `${oauth}:grant-type:device_code`, device_code: String(begun.device_code) };
    return { fields };
  };
  const elsewhere = async (audience?: string): Promise<TokenRequest> => {
    const asked = {
      scope: 'openid',
      login_hint: await personOf(world),
      ...(audience && { resource: audience }),
    };
    const { auth_req_id: id } = await bound({ path: '/oauth/backchannel', fields: asked });
    world.remember(String(id));
    await issuance.decideBackchannel(String(id), true);
    world.clock.advance(seconds(6));
    return { fields: { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: String(id) } };
  };
  const target = (audience?: string) => audience && { resource: audience };
  const subject = (token: unknown) => ({
    subject_token: String(token),
    subject_token_type: type('access'),
  });
  const onBehalf = (token: unknown) => ({
    grant_type: exchange,
    ...subject(token),
    resource: `${world.issuer}/v1`,
  });
  const refreshSubject = async () => ({
    subject_token: String(earlier.refresh_token),
    subject_token_type: type('refresh'),
  });
  return {
    app,
    api,
    acting,
    all: {
      'an authorization code': { holders: ['app', 'api'], prepare: code },
      'a refresh token': {
        holders: ['app', 'api'],
        prepare: async (audience) => ({
          fields: { grant_type: 'refresh_token', refresh_token: await refreshable(audience) },
        }),
      },
      'client credentials': {
        holders: ['app', 'background', 'api'],
        prepare: async (audience) => ({
          fields: {
            grant_type: 'client_credentials',
            ...(audience ? { audience } : { scope: 'idp:google' }),
          },
        }),
      },
      'a code for a device': { holders: ['app', 'api'], prepare: device },
      'an approval elsewhere': { holders: ['app', 'api'], prepare: elsewhere },
      'a proof of a provider’s SDK': {
        holders: ['app', 'api'],
        prepare: async (audience) => ({
          fields: {
            grant_type: exchange,
            subject_issuer: 'google',
            subject_token: await createSdk(world, app).fromSdk('google', { user: 'ada', kind: 'id_token' }),
            subject_token_type: `${oauth}:token-type:id_token`,
            scope: 'openid',
            ...target(audience),
          },
        }),
        error: 'invalid_request',
      },
      'an API’s exchange for a token of ours': {
        holders: ['api'],
        prepare: async () => ({ by: api, fields: onBehalf(received.access_token) }),
      },
      'the same, by the app that an API names': {
        holders: ['acting app'],
        prepare: async () => ({ by: acting, fields: onBehalf(forNamed.access_token) }),
        error: 'invalid_request',
      },
      'an API’s exchange for the provider’s token': {
        holders: ['api'],
        prepare: async () => ({ by: api, fields: { ...ours, ...subject(received.access_token) } }),
        provider: true,
      },
      'the same in Auth0’s words': {
        holders: ['api'],
        prepare: async () => ({ by: api, fields: { ...vault, ...subject(received.access_token) } }),
        provider: true,
      },
      'a refresh token, exchanged for the provider’s token': {
        holders: ['app'],
        prepare: async () => ({ fields: { ...ours, ...(await refreshSubject()) } }),
        provider: true,
        error: 'invalid_request',
      },
      'a refresh token in Auth0’s words': {
        holders: ['app'],
        prepare: async () => ({ fields: { ...vault, ...(await refreshSubject()) } }),
        provider: true,
        error: 'invalid_request',
      },
    },
    exchanges: {
      'of the broker': (token) => ({
        fields: { ...ours, subject_token: token, subject_token_type: type('access') },
      }),
      'of Auth0': (token) => ({
        fields: { ...vault, subject_token: token, subject_token_type: type('access') },
      }),
      'of Keycloak, with requested_issuer': (token) => ({
        path: `${realm}/protocol/openid-connect/token`,
        fields: { grant_type: exchange, subject_token: token, requested_issuer: 'google' },
      }),
      'of Keycloak, V2': (token) => ({ path: `${realm}/broker/google/token`, fields: { token } }),
    },
  };
}

/** Presses the first button of every page: the browser keeps its session, and the lab its person. */
async function proceed(browser: Browser, page: Page): Promise<Page> {
  let current = page;
  for (let steps = 0; steps < 6 && !current.stopped && current.forms.length > 0; steps += 1)
    current = await browser.submit(
      current,
      current.text.includes('simulated') ? { fields: { user: 'ada' } } : {},
    );
  return current;
}

async function personOf({ database }: World): Promise<string> {
  const [row] = await database.prisma.user.findMany({ take: 1 });
  return String(row?.id);
}
