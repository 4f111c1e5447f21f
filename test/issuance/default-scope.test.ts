import { beforeAll, describe, expect, it } from 'vitest';
import type { NewApp } from '../../src/issuance/registry/app.ts';
import { appBrowser, post, type RelyingApp, registerApp, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// RFC 6749 section 3.3: a request without a scope gets a default one, or fails with `invalid_scope`.

let room: Room;

beforeAll(async () => {
  room = await openRoom();
});

/** The request has no scope, or an empty one. */
async function begin(app: RelyingApp, scope: '' | undefined, params: Record<string, string> = {}) {
  const attempt = await app.begin(params);
  if (scope === undefined) attempt.url.searchParams.delete('scope');
  else attempt.url.searchParams.set('scope', scope);
  return attempt;
}

describe('an authorization request without a scope', () => {
  it.each([
    [undefined, {}],
    ['', {}],
    // Parameters of OpenID Connect do not replace the missing scope.
    [undefined, { nonce: 'n-1', max_age: '60' }],
    [undefined, { prompt: 'none' }],
  ] as const)(
    '%j, %j is refused before the sign-in page if the app has no default',
    async (scope, params) => {
      const app = await registerApp(room);
      const { url } = await begin(app, scope, params);
      const page = await appBrowser().open(url);
      expect(page.hops).toHaveLength(1);
      expect(Object.fromEntries(page.url.searchParams)).toMatchObject({
        error: 'invalid_scope',
        iss: room.issuer,
        state: url.searchParams.get('state'),
      });
    },
  );

  it('is redirected to registered addresses only', async () => {
    const app = await registerApp(room);
    const { url } = await begin(app, undefined, { redirect_uri: 'https://attacker.example/' });
    const page = await appBrowser().open(url);
    expect([page.status, page.stopped]).toEqual([400, false]);
  });

  it.each([undefined, ''] as const)('gets the default of the app: %j', async (scope) => {
    const app = await registerApp(room, { defaultScope: 'openid profile offline_access' });
    const browser = appBrowser();
    const attempt = await begin(app, scope);
    const landed = await throughPages(browser, await browser.open(attempt.url));
    const tokens = await attempt.redeem(landed.url);
    expect(tokens.scope?.split(' ').sort()).toEqual(['offline_access', 'openid', 'profile']);
    expect(tokens.refresh_token).toBeTruthy();
    expect(tokens.id_token).toBeTruthy();
  });

  it('gets nothing of the default if it names a scope', async () => {
    const app = await registerApp(room, { defaultScope: 'openid profile offline_access' });
    const { tokens } = await app.signIn({ scope: 'openid' });
    expect([tokens.scope, tokens.refresh_token]).toEqual(['openid', undefined]);
  });
});

describe('an app’s own token request without a scope', () => {
  const identifier = 'https://orders.example';
  const service: Partial<NewApp> = { type: 'service', redirectUris: [], apis: [identifier] };
  const form = (app: RelyingApp, resource?: string) => ({
    grant_type: 'client_credentials',
    client_id: app.id,
    client_secret: app.secret ?? '',
    ...(resource !== undefined && { resource }),
  });
  const ask = async (app: RelyingApp, resource?: string) =>
    (await post(`${room.issuer}/oauth/token`, form(app, resource))).body.scope;

  it('gets the API’s part of the app’s default, or all scopes of the API', async () => {
    const scopes = ['read', 'write'].map((name) => ({ name, description: name }));
    await room.issuance.apis.create({ name: 'Orders', identifier, scopes });
    const wechat = [{ connection: 'wechat', background: true }];
    const own = await registerApp(room, { ...service, connections: wechat, defaultScope: 'read idp:wechat' });
    expect(await ask(own, identifier)).toBe('read');
    expect(await ask(own)).toBe('idp:wechat');
    expect(await ask(await registerApp(room, service), identifier)).toBe('read write');
  });

  it.each([
    ['read', 'read'],
    ['read unknown', 'read'],
    ['unknown', ''],
    ['idp:github', ''],
  ])('that asks for %j states what it got: %j', async (scope, granted) => {
    const resource = 'https://invoices.example';
    await room.issuance.apis.ensure({
      name: 'Invoices',
      identifier: resource,
      scopes: [{ name: 'read', description: 'Read' }],
    });
    const own = await registerApp(room, { ...service, apis: [resource] });
    const { status, body } = await post(`${room.issuer}/oauth/token`, { ...form(own, resource), scope });
    expect([status, body.scope]).toEqual([200, granted]);
  });
});

it.each(['', ' openid', 'openid  profile', 'open"id', 'öpenid', 'openid\n'])(
  'is an invalid default scope: %j',
  async (defaultScope) => {
    await expect(registerApp(room, { defaultScope })).rejects.toMatchObject({ status: 422 });
  },
);
