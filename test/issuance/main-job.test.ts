import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  appBrowser,
  callback,
  post,
  type RelyingApp,
  registerApp,
  throughPages,
} from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

let room: Room;
let app: RelyingApp;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room);
});

describe('a sign-in with openid-client', () => {
  it('leads through chooser, provider and consent to tokens that verify', async () => {
    const browser = appBrowser();
    const attempt = await app.begin({
      scope: 'openid profile email offline_access idp:wechat idp:github nonsense',
    });
    const chooser = await browser.open(attempt.url);
    expect(chooser.status).toBe(200);
    expect(chooser.forms[0]?.buttons.map(({ value }) => value)).toEqual(['wechat', 'github']);

    const consent = await browser.submit(chooser, { button: 'wechat' });
    expect(consent.text).toContain('Test app');
    expect(consent.text).toContain('Lin of WeChat');
    expect(consent.text).not.toContain('github');

    const landed = await browser.submit(consent);
    expect(landed.url.href).toContain(callback);
    expect(landed.url.searchParams.get('iss')).toBe(room.issuer);
    const tokens = await attempt.redeem(landed.url);
    expect(tokens.scope?.split(' ').sort()).toEqual([
      'email',
      'idp:wechat',
      'offline_access',
      'openid',
      'profile',
    ]);

    const jwks = createRemoteJWKSet(new URL(`${room.issuer}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(tokens.access_token, jwks, {
      issuer: room.issuer,
      audience: `${room.issuer}/v1`,
      typ: 'at+jwt',
    });
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload).toMatchObject({
      sub: 'usr_lin',
      client_id: app.id,
      aud: [`${room.issuer}/v1`, `${room.issuer}/userinfo`],
    });
    expect(payload.exp).toBe((payload.iat ?? 0) + 3600);
    expect(tokens.claims()).toMatchObject({ sub: 'usr_lin', name: 'Name of usr_lin' });

    const profile = await client.fetchUserInfo(app.config, tokens.access_token, 'usr_lin');
    expect(profile).toMatchObject({ sub: 'usr_lin', email: 'usr_lin@example.com', email_verified: true });
  });

  it('stores the consent, and asks again for new scopes', async () => {
    const { browser } = await app.signIn();
    const again = await app.begin();
    expect((await browser.open(again.url)).stopped).toBe(true);
    const otherBrowser = appBrowser();
    const elsewhere = await otherBrowser.open((await app.begin()).url);
    expect((await otherBrowser.submit(elsewhere)).stopped).toBe(true);

    const other = await registerApp(room, { name: 'Other' });
    await other.signIn({ scope: 'openid' }, browser);
    const more = await browser.open((await other.begin({ scope: 'openid email' })).url);
    expect(more.text).toContain('e-mail');
  });

  it('skips the chooser with connection=, and passes the hint on', async () => {
    const browser = appBrowser();
    const attempt = await app.begin({ connection: 'wechat', login_hint: 'lin' });
    const landed = await throughPages(browser, await browser.open(attempt.url));
    expect(landed.stopped).toBe(true);
    expect(room.logins.at(-1)).toMatchObject({ alias: 'wechat', loginHint: 'lin', forceLogin: false });
  });

  it('reports to the app that the person cancelled or denied', async () => {
    const browser = appBrowser();
    const first = await browser.open((await app.begin()).url);
    const cancelled = await browser.submit(first, { form: 1 });
    expect(cancelled.url.searchParams.get('error')).toBe('access_denied');

    const fresh = await registerApp(room);
    const consent = await browser.submit(await browser.open((await fresh.begin()).url));
    const denied = await browser.submit(consent, { button: 'deny' });
    expect(denied.url.searchParams.get('error')).toBe('access_denied');
    expect(denied.url.searchParams.get('iss')).toBe(room.issuer);
  });

  it('asks for consent even if an app requests only the identity', async () => {
    const modest = await registerApp(room);
    const browser = appBrowser();
    const page = await browser.submit(await browser.open((await modest.begin({ scope: 'openid' })).url));
    expect(page.forms[0]?.action).toMatch(/^\/interaction\/[\w-]+\/consent$/);
  });

  it('asks no consent for a first-party app', async () => {
    const own = await registerApp(room, { firstParty: true });
    const browser = appBrowser();
    const landed = await browser.submit(await browser.open((await own.begin()).url));
    expect(landed.stopped).toBe(true);
  });

  it('signs a new person in over the old session', async () => {
    const { browser } = await app.signIn();
    room.arriving = { userId: 'usr_mei' };
    const { tokens } = await app.signIn({ prompt: 'login' }, browser);
    expect(tokens.claims()?.sub).toBe('usr_mei');
    expect(room.logins.at(-1)?.forceLogin).toBe(true);
    room.arriving = { userId: 'usr_lin' };
  });
});

describe('other ways to a token', () => {
  it('refreshes with rotation', async () => {
    const { tokens } = await app.signIn({ scope: 'openid offline_access' });
    const next = await client.refreshTokenGrant(app.config, tokens.refresh_token ?? '');
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    expect(decodeJwt(next.access_token).sub).toBe('usr_lin');
  });

  it('gives an app a token of its own, with what it may use in the background', async () => {
    const service = await registerApp(room, {
      type: 'service',
      redirectUris: [],
      connections: [{ connection: 'wechat', background: true }, { connection: 'github' }],
    });
    const tokens = await client.clientCredentialsGrant(service.config, {
      scope: 'idp:wechat idp:github openid',
    });
    expect(tokens.scope).toBe('idp:wechat');
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      sub: service.id,
      aud: [`${room.issuer}/v1`, `${room.issuer}/userinfo`],
    });
    const verified = await room.issuance.verifyAccessToken(tokens.access_token, `${room.issuer}/v1`);
    expect(verified).toMatchObject({ userId: undefined, clientId: service.id });
  });

  it('reads JSON as Auth0 clients send it, with audience', async () => {
    const api = 'https://api.example';
    await room.issuance.apis.create({
      identifier: api,
      name: 'API',
      scopes: [{ name: 'read', description: 'Read' }],
    });
    const service = await registerApp(room, { type: 'service', redirectUris: [], apis: [api] });
    const response = await fetch(`${room.issuer}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'client_credentials',
        client_id: service.id,
        client_secret: service.secret,
        audience: api,
        scope: 'read write',
      }),
    });
    const body = (await response.json()) as { access_token: string; scope: string };
    expect(response.status).toBe(200);
    expect(body.scope).toBe('read');
    expect(decodeJwt(body.access_token).aud).toBe(api);
  });

  it('issues opaque tokens that work at userinfo, introspection and for the broker', async () => {
    const opaque = await registerApp(room, { accessTokenFormat: 'opaque', accessTokenLifetime: 120 });
    const { tokens } = await opaque.signIn();
    expect(tokens.access_token).not.toContain('.');
    expect(tokens.expires_in).toBe(120);
    expect(await client.fetchUserInfo(opaque.config, tokens.access_token, 'usr_lin')).toMatchObject({
      sub: 'usr_lin',
    });
    const verified = await room.issuance.verifyAccessToken(tokens.access_token, `${room.issuer}/v1`);
    expect(verified.userId).toBe('usr_lin');
    const told = await client.tokenIntrospection(opaque.config, tokens.access_token);
    expect(told).toMatchObject({
      active: true,
      sub: 'usr_lin',
      aud: [`${room.issuer}/v1`, `${room.issuer}/userinfo`],
    });
    await client.tokenRevocation(opaque.config, tokens.access_token);
    expect((await client.tokenIntrospection(opaque.config, tokens.access_token)).active).toBe(false);
  });

  it('revokes and introspects JWTs', async () => {
    const { tokens } = await app.signIn({ scope: 'openid offline_access' });
    const told = await client.tokenIntrospection(app.config, tokens.access_token);
    expect(told).toMatchObject({ active: true, client_id: app.id, token_type: 'Bearer' });
    await client.tokenRevocation(app.config, tokens.access_token);
    expect(await client.tokenIntrospection(app.config, tokens.access_token)).toEqual({ active: false });
    await client.refreshTokenGrant(app.config, tokens.refresh_token ?? '');
  });

  it('answers discovery as it is', async () => {
    const metadata = app.config.serverMetadata();
    expect(metadata).toMatchObject({
      issuer: room.issuer,
      authorization_endpoint: `${room.issuer}/authorize`,
      token_endpoint: `${room.issuer}/oauth/token`,
      userinfo_endpoint: `${room.issuer}/userinfo`,
      jwks_uri: `${room.issuer}/.well-known/jwks.json`,
      end_session_endpoint: `${room.issuer}/oidc/logout`,
      response_modes_supported: ['query', 'form_post', 'fragment'],
      scopes_supported: [
        'openid',
        'profile',
        'email',
        'offline_access',
        'idp:wechat',
        'idp:github',
        'idp:linkonly',
      ],
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      ui_locales_supported: ['en', 'zh-CN'],
    });
    const wrong = await post(`${room.issuer}/oauth/token`, { grant_type: 'client_credentials' });
    expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});
