import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { createRogue } from '../connectors/rogue.ts';
import { createApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let call: CallAdmin;
let rogue: Awaited<ReturnType<typeof createRogue>>;
let aliases = 0;

beforeAll(async () => {
  rogue = await createRogue();
  world = await createWorld({ allowedPrivateHosts: [new URL(rogue.url).host] });
  call = adminClient(world);
});
atEnd(() => rogue.close());
beforeEach(() => rogue.says({}));

/** The metadata as a provider of this make publishes them. */
const makes = {
  Keycloak: (base: string) => ({
    issuer: `${base}/realms/work`,
    authorization_endpoint: `${base}/realms/work/protocol/openid-connect/auth`,
    token_endpoint: `${base}/realms/work/protocol/openid-connect/token`,
    userinfo_endpoint: `${base}/realms/work/protocol/openid-connect/userinfo`,
    revocation_endpoint: `${base}/realms/work/protocol/openid-connect/revoke`,
    jwks_uri: `${base}/realms/work/protocol/openid-connect/certs`,
  }),
  Auth0: (base: string) => ({
    issuer: `${base}/`,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/oauth/token`,
    userinfo_endpoint: `${base}/userinfo`,
    revocation_endpoint: `${base}/oauth/revoke`,
    jwks_uri: `${base}/.well-known/jwks.json`,
  }),
  Okta: (base: string) => ({
    issuer: `${base}/oauth2/default`,
    authorization_endpoint: `${base}/oauth2/default/v1/authorize`,
    token_endpoint: `${base}/oauth2/default/v1/token`,
    userinfo_endpoint: `${base}/oauth2/default/v1/userinfo`,
    revocation_endpoint: `${base}/oauth2/default/v1/revoke`,
    jwks_uri: `${base}/oauth2/default/v1/keys`,
  }),
};

type Published = Partial<Record<keyof ReturnType<typeof makes.Okta>, unknown>>;

/** Creates a connection for which an admin enters an issuer, and the given further settings. */
async function added(issuer: string, published: Published | string, endpoints: object = {}) {
  const path = `${new URL(issuer).pathname.replace(/\/$/, '')}/.well-known/openid-configuration`;
  rogue.says({ [path]: published });
  const alias = `work-${++aliases}`;
  return await call('POST', '/connections', {
    alias,
    provider: 'openid-connect',
    client_id: 'us',
    client_secret: 'a-secret-of-the-connection',
    endpoints: { issuer, ...endpoints },
  });
}

describe('a connection with its issuer only', () => {
  it.each([
    [true, { callback_issuer: 'required' }],
    [false, {}],
    ['true', {}],
    [null, {}],
  ])('stores whether each answer is promised to have the issuer: %j (RFC 9207)', async (promise, options) => {
    const published = {
      ...makes.Keycloak(rogue.url),
      authorization_response_iss_parameter_supported: promise,
    };
    const { status, body } = await added(published.issuer, published);
    expect([status, body.options]).toEqual([201, options]);
  });

  it.each([null, ''])('treats an address that is %j as missing', async (nothing) => {
    const published = {
      ...makes.Okta(rogue.url),
      userinfo_endpoint: nothing,
      revocation_endpoint: nothing,
      id_token_signing_alg_values_supported: nothing,
    };
    const { status, body } = await added(published.issuer, published);
    expect(status).toBe(201);
    expect(Object.keys(body.endpoints as object).sort()).toEqual([
      'api',
      'authorization',
      'issuer',
      'jwks',
      'token',
    ]);
  });

  it('is reported by the check if that was promised later', async () => {
    const published = makes.Keycloak(rogue.url);
    const { body } = await added(published.issuer, published);
    const path = `${new URL(published.issuer).pathname}/.well-known/openid-configuration`;
    rogue.says({ [path]: { ...published, authorization_response_iss_parameter_supported: true } });
    const { checks } = (await call('POST', `/connections/${body.alias}/check`)).body;
    const discovery = (checks as { check: string }[]).find(({ check }) => check === 'discovery');
    expect(discovery).toMatchObject({
      verdict: 'to-fix',
      detail: expect.stringContaining('callback_issuer'),
    });
  });

  it.each(Object.entries(makes))('gets its endpoints as %s publishes them', async (_make, publish) => {
    const published = publish(rogue.url);
    const { status, body } = await added(published.issuer, published);
    expect(status).toBe(201);
    expect(body.endpoints).toEqual({
      issuer: published.issuer,
      authorization: published.authorization_endpoint,
      token: published.token_endpoint,
      userinfo: published.userinfo_endpoint,
      revocation: published.revocation_endpoint,
      jwks: published.jwks_uri,
      api: published.issuer.replace(/\/$/, ''),
    });
  });

  it('prefers the admin’s endpoints over the published ones', async () => {
    const published = makes.Okta(rogue.url);
    const own = { api: 'https://api.example', revocation: 'https://id.example/end' };
    const { body } = await added(published.issuer, published, own);
    expect(body.endpoints).toMatchObject({ ...own, token: published.token_endpoint });
  });

  it('keeps them, whatever is published later, until the admin enters the issuer and the secret again', async () => {
    const published = makes.Okta(rogue.url);
    const { body } = await added(published.issuer, published);
    const path = '/oauth2/default/.well-known/openid-configuration';
    const moved = { ...published, token_endpoint: `${rogue.url}/moved` };
    rogue.says({ [path]: moved });
    const alias = String(body.alias);
    const token = async () => {
      const { endpoints } = (await call('GET', `/connections/${alias}`)).body;
      return (endpoints as Record<string, string>).token;
    };
    expect(await token()).toBe(published.token_endpoint);
    const { status, body: refusal } = await call('PATCH', `/connections/${alias}`, {
      endpoints: { issuer: published.issuer },
    });
    expect([status, refusal.detail]).toEqual([422, expect.stringContaining('client_secret')]);
    expect(await token()).toBe(published.token_endpoint);
    const change = { endpoints: { issuer: published.issuer }, client_secret: 'a-secret-of-the-connection' };
    expect((await call('PATCH', `/connections/${alias}`, change)).status).toBe(200);
    expect(await token()).toBe(moved.token_endpoint);
  });

  it.each<[string, (base: string) => Published, string]>([
    ['another issuer', () => ({ issuer: 'https://id.example' }), 'https://id.example as published'],
    ['itself without the slash', (base) => ({ issuer: base }), 'as published'],
    ['no keys', () => ({ jwks_uri: undefined }), 'needs endpoints: jwks'],
    ['no address of a page', () => ({ authorization_endpoint: 'javascript:alert(1)' }), 'Nothing usable'],
    ['no text for an address', () => ({ token_endpoint: 7 }), 'Nothing usable'],
  ])('is refused where it publishes %s', async (_what, change, words) => {
    const published = makes.Auth0(rogue.url);
    const { status, body } = await added(published.issuer, { ...published, ...change(rogue.url) });
    expect([status, body.detail]).toEqual([422, expect.stringContaining(words)]);
  });

  it.each(['', '[]', '<html>', '{'])('is refused if the metadata is %j', async (published) => {
    const { status, body } = await added(rogue.url, published);
    expect([status, body.detail]).toEqual([422, expect.stringContaining('Nothing usable')]);
  });

  it('is refused if its issuer has a private address that is not allowed', async () => {
    const { status, body } = await added('https://127.0.0.1:1/realms/x', {});
    expect([status, body.detail]).toEqual([422, expect.stringContaining('ALLOWED_PRIVATE_HOSTS')]);
  });

  it('signs people in at the lab’s provider', async () => {
    const registered = (await world.broker.connections.find('openid-connect'))?.registration;
    const { clientId, clientSecret, issuer } = registered ?? {};
    const created = await call('POST', '/connections', {
      alias: 'by-issuer',
      provider: 'openid-connect',
      client_id: clientId,
      client_secret: clientSecret?.reveal(),
      endpoints: { issuer },
    });
    expect(created.status).toBe(201);
    const app = await createApp(world, { connections: ['by-issuer'] });
    const tokens = await app.signIn({ connection: 'by-issuer', user: 'lin' });
    expect(tokens.claims()?.sub).toMatch(/^usr_/);
  });
});
