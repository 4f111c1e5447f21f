import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser, type Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { getJson, postForm } from './ask.ts';

// The broker under its realm's issuer: the same people, apps and sessions, and tokens with that issuer.

let world: World;
let app: TestApp;
let realm: string;
let configuration: oidc.Configuration;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
  realm = `${world.issuer}/realms/symbolon`;
  const insecure = { execute: [oidc.allowInsecureRequests] };
  // Checks that the metadata names the issuer at which it was requested.
  configuration = await oidc.discovery(new URL(realm), app.clientId, app.clientSecret, undefined, insecure);
  oidc.enableNonRepudiationChecks(configuration);
});

const stopAt = ['https://app.example/'];

async function signIn(parameters: Record<string, string> = {}, browser = createBrowser({ stopAt })) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: app.redirectUri,
    scope: 'openid idp:google',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    kc_idp_hint: 'google',
    ...parameters,
  });
  let page: Page = await browser.open(url);
  for (let steps = 0; steps < 5 && !page.stopped && page.forms.length > 0; steps += 1)
    page = await browser.submit(page, page.text.includes('simulated') ? { fields: { user: 'ada' } } : {});
  const checks = { pkceCodeVerifier: verifier, expectedState: state };
  return { page, browser, checks };
}

async function tokensOf({ page, checks }: Awaited<ReturnType<typeof signIn>>) {
  const tokens = await oidc.authorizationCodeGrant(configuration, page.url, checks);
  world.remember(
    tokens.access_token,
    tokens.refresh_token,
    tokens.refresh_token?.split('.')[2],
    tokens.id_token,
  );
  return tokens;
}

describe('a realm', () => {
  it('describes its own endpoints', async () => {
    const { body } = await getJson(`${realm}/.well-known/openid-configuration`);
    expect(body).toMatchObject({
      issuer: realm,
      authorization_endpoint: `${realm}/protocol/openid-connect/auth`,
      token_endpoint: `${realm}/protocol/openid-connect/token`,
      introspection_endpoint: `${realm}/protocol/openid-connect/token/introspect`,
      userinfo_endpoint: `${realm}/protocol/openid-connect/userinfo`,
      end_session_endpoint: `${realm}/protocol/openid-connect/logout`,
      jwks_uri: `${realm}/protocol/openid-connect/certs`,
      pushed_authorization_request_endpoint: `${realm}/protocol/openid-connect/ext/par/request`,
    });
    expect((await getJson(`${realm}/protocol/openid-connect/certs`)).body.keys).toBeDefined();
    expect((await getJson(`${world.issuer}/.well-known/openid-configuration`)).body.issuer).toBe(
      world.issuer,
    );
    const other = await fetch(`${world.issuer}/realms/other/.well-known/openid-configuration`);
    expect(other.status).toBe(404);
  });

  it('signs in on the broker’s pages, shares their session, and has its own issuer everywhere', async () => {
    const first = await signIn();
    expect(first.page.url.searchParams.get('iss')).toBe(realm);
    const tokens = await tokensOf(first);
    expect(tokens.claims()?.iss).toBe(realm);
    const again = await signIn({}, first.browser);
    expect(again.page.hops.length).toBeLessThan(3);
    const silent = await tokensOf(again);
    expect(silent.claims()?.sub).toBe(tokens.claims()?.sub);

    const rest = await getJson(`${world.issuer}/v1/me/identities/google/token`, tokens.access_token);
    expect(rest.status).toBe(200);
    const info = await oidc.fetchUserInfo(configuration, tokens.access_token, String(tokens.claims()?.sub));
    expect(info.sub).toBe(tokens.claims()?.sub);
    const introspected = await oidc.tokenIntrospection(configuration, tokens.access_token);
    expect(introspected).toMatchObject({ active: true, iss: realm });
  });

  it('gives tokens the claims that apps made for Keycloak read, and no role', async () => {
    const tokens = await tokensOf(await signIn({ scope: 'openid profile idp:google' }));
    const sub = tokens.claims()?.sub;
    const own = { azp: app.clientId, preferred_username: sub };
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      ...own,
      typ: 'Bearer',
      realm_access: { roles: [] },
      resource_access: {},
    });
    expect(tokens.claims()).toMatchObject({ ...own, typ: 'ID', name: 'Ada Okafor' });
    expect(tokens.claims()).not.toHaveProperty('realm_access');
    // Spring's decoder refuses RFC 9068's type.
    expect(decodeProtectedHeader(tokens.access_token).typ).toBe('JWT');
    expect(tokens.refresh_expires_in).toBeGreaterThan(0);
    const refreshed = await oidc.refreshTokenGrant(configuration, String(tokens.refresh_token));
    world.remember(refreshed.access_token, refreshed.refresh_token, refreshed.refresh_token?.split('.')[2]);
    expect([decodeJwt(refreshed.access_token).typ, refreshed.claims()?.typ]).toEqual(['Bearer', 'ID']);

    const plain = await app.signIn({ connection: 'google', user: 'ada', browser: createBrowser({ stopAt }) });
    expect(decodeProtectedHeader(plain.access_token).typ).toBe('at+jwt');
    for (const payload of [decodeJwt(plain.access_token), plain.claims()])
      for (const name of ['typ', 'azp', 'preferred_username', 'realm_access'])
        expect(payload).not.toHaveProperty(name);
  });

  it('gives refresh tokens in JWT form, rotates them, and accepts both forms', async () => {
    const tokens = await tokensOf(await signIn());
    const [, payload = '', value = ''] = String(tokens.refresh_token).split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      typ: 'Refresh',
      iss: realm,
      azp: app.clientId,
      exp: expect.any(Number),
    });
    const next = await oidc.refreshTokenGrant(configuration, String(tokens.refresh_token));
    world.remember(next.access_token, next.refresh_token, next.refresh_token?.split('.')[2]);
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    const repeated = await oidc.refreshTokenGrant(configuration, String(tokens.refresh_token));
    // The time claims depend on the second in which the token was issued.
    const innerOf = (token: unknown) => String(token).split('.')[2];
    expect(innerOf(repeated.refresh_token)).toBe(innerOf(next.refresh_token));
    // The broker's own issuer takes the plain value only; the realm's form of it is unknown there.
    const dressed = oidc.refreshTokenGrant(app.configuration, String(next.refresh_token));
    await expect(dressed).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(value).toMatch(/^[\w-]{40,}$/);
    await oidc.tokenRevocation(configuration, String(next.refresh_token));
    const revoked = oidc.refreshTokenGrant(configuration, String(next.refresh_token));
    await expect(revoked).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('takes pushed requests at Keycloak’s path, and no request that was pushed elsewhere', async () => {
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const parameters = {
      redirect_uri: app.redirectUri,
      scope: 'openid',
      state: 'pushed',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      kc_idp_hint: 'google',
    };
    const url = await oidc.buildAuthorizationUrlWithPAR(configuration, parameters);
    const browser = createBrowser({ stopAt });
    let page = await browser.open(url);
    for (let steps = 0; steps < 5 && !page.stopped; steps += 1)
      page = await browser.submit(page, page.text.includes('simulated') ? { fields: { user: 'ada' } } : {});
    expect(page.url.searchParams.get('iss')).toBe(realm);
    const checks = { pkceCodeVerifier, expectedState: 'pushed' };
    expect((await tokensOf({ page, browser, checks })).claims()?.iss).toBe(realm);

    const ours = await oidc.buildAuthorizationUrlWithPAR(app.configuration, parameters);
    const refused = await createBrowser({ stopAt }).open(
      `${realm}/protocol/openid-connect/auth?${ours.searchParams}`,
    );
    expect([refused.status, refused.stopped]).toEqual([400, false]);
  });

  it('takes a secret that stands in the header and in the form, of which the one in the header counts', async () => {
    const introspect = (secret: string, at = `${realm}/protocol/openid-connect/token/introspect`) => {
      const authorization = `Basic ${Buffer.from(`${app.clientId}:${secret}`).toString('base64')}`;
      const fields = { token: 'x', client_id: app.clientId, client_secret: app.clientSecret };
      return postForm(at, fields, { authorization });
    };
    expect((await introspect(app.clientSecret)).status).toBe(200);
    expect((await introspect('wrong')).status).toBe(401);
    expect((await introspect(app.clientSecret, `${world.issuer}/oauth/introspect`)).status).toBe(400);
  });

  it('signs in devices at Keycloak’s path, with the broker’s page and its own issuer', async () => {
    const made = { name: 'TV', type: 'native', device_flow: true };
    const id = String((await adminClient(world)('POST', '/apps', made)).body.client_id);
    const insecure = { execute: [oidc.allowInsecureRequests] };
    const tv = await oidc.discovery(new URL(realm), id, undefined, oidc.None(), insecure);
    expect(tv.serverMetadata().device_authorization_endpoint).toBe(
      `${realm}/protocol/openid-connect/auth/device`,
    );
    const begun = await oidc.initiateDeviceAuthorization(tv, { scope: 'openid', kc_idp_hint: 'google' });
    world.remember(begun.device_code, begun.user_code);
    const browser = createBrowser();
    let page = await browser.open(begun.verification_uri_complete ?? '');
    expect(page.url.href.startsWith(`${world.issuer}/device`)).toBe(true);
    for (let steps = 0; steps < 6 && page.forms.length > 0 && !page.text.includes('is connected'); steps += 1)
      page = await browser.submit(page, page.text.includes('simulated') ? { fields: { user: 'ada' } } : {});
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const { body } = await postForm(`${realm}/protocol/openid-connect/token`, {
      ...{ grant_type, client_id: id, device_code: begun.device_code },
    });
    world.remember(String(body.access_token), String(body.refresh_token), String(body.id_token));
    expect(decodeJwt(String(body.id_token)).iss).toBe(realm);
  });

  it('accepts its own ID tokens at sign-out', async () => {
    const { browser, ...rest } = await signIn();
    const tokens = await tokensOf({ browser, ...rest });
    const url = oidc.buildEndSessionUrl(configuration, { id_token_hint: String(tokens.id_token) });
    const page = await browser.open(url);
    expect([page.status, page.url.pathname]).toEqual([200, '/oidc/logout/success']);
    const refused = oidc.refreshTokenGrant(configuration, String(tokens.refresh_token));
    await expect(refused).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('the second issuer enables no attack', () => {
  const auth = (fields: Record<string, string>) =>
    fetch(`${realm}/protocol/openid-connect/auth?${new URLSearchParams(fields)}`, { redirect: 'manual' });
  const good = () => ({
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
  });

  it('addresses are compared byte for byte', async () => {
    for (const redirect_uri of [
      `${app.redirectUri}/`,
      `${app.redirectUri}?x=1`,
      'https://app.example/CALLBACK',
    ])
      expect((await auth({ ...good(), redirect_uri })).status).toBe(400);
  });

  it('only codes are issued, and no fragment for an app that has a server', async () => {
    const token = await auth({ ...good(), response_type: 'token' });
    expect(token.headers.get('location')).toContain('unsupported_response_type');
    for (const response_mode of ['fragment', 'web_message']) {
      const location = String((await auth({ ...good(), response_mode })).headers.get('location'));
      expect(location).toMatch(/error=(invalid_request|unsupported_response_mode)&/);
      expect(location).not.toContain('#');
    }
  });

  it('PKCE and the redirect URI of the request bind the code here too', async () => {
    const { page } = await signIn();
    const fields = {
      grant_type: 'authorization_code',
      client_id: app.clientId,
      client_secret: app.clientSecret,
      code: String(page.url.searchParams.get('code')),
      redirect_uri: app.redirectUri,
    };
    const url = `${realm}/protocol/openid-connect/token`;
    expect((await postForm(url, fields)).body.error).toBe('invalid_grant');
    const wrong = await postForm(url, { ...fields, code_verifier: 'w'.repeat(43) });
    expect(wrong.body.error).toBe('invalid_grant');
    expect((await postForm(url, { ...fields, client_secret: 'x' })).status).toBe(401);
  });

  it('a token of one issuer is not accepted under the other', async () => {
    const { browser, ...rest } = await signIn();
    const theirs = String((await tokensOf({ browser, ...rest })).id_token);
    const ours = String((await app.signIn({ connection: 'google', user: 'ada', browser })).id_token);
    for (const [at, hint] of [
      [`${world.issuer}/oidc/logout`, theirs],
      [`${realm}/protocol/openid-connect/logout`, ours],
    ] as const)
      expect((await browser.open(`${at}?id_token_hint=${hint}`)).status).toBe(400);
    const silent = new URLSearchParams({ ...good(), prompt: 'none', id_token_hint: theirs });
    const answer = await fetch(`${world.issuer}/authorize?${silent}`, { redirect: 'manual' });
    expect(answer.headers.get('location')).toContain('error=invalid_request');
    for (const bearer of [theirs, ours])
      expect((await getJson(`${world.issuer}/v1/me`, bearer)).status).toBe(401);
  });

  it('a client assertion is for one of the issuers, and is accepted once at both together', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const { app: service } = await world.broker.issuance.apps.create({
      name: 'With a key',
      type: 'service',
      connections: [{ connection: 'google', background: true }],
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] },
    });
    const assertionFor = (aud: string) =>
      new SignJWT({ aud, jti: oidc.randomState(), exp: Math.floor(world.clock.now().getTime() / 1000) + 60 })
        .setIssuer(service.id)
        .setSubject(service.id)
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .sign(privateKey);
    const statusAt = async (url: string, client_assertion: string) => {
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      const proof = { client_assertion, client_assertion_type };
      const { status, body } = await postForm(url, { grant_type: 'client_credentials', ...proof });
      world.remember(String(body.access_token ?? ''));
      return status;
    };
    const first = `${world.issuer}/oauth/token`;
    const second = `${realm}/protocol/openid-connect/token`;
    expect(await statusAt(second, await assertionFor(world.issuer))).toBe(401);
    expect(await statusAt(first, await assertionFor(realm))).toBe(401);
    for (const aud of [
      first,
      `${second}/`,
      `${realm}/`,
      `${realm}/protocol/openid-connect/token/introspect`,
      `${world.issuer}/realms/other`,
      `${world.issuer}/realms/other/protocol/openid-connect/token`,
    ])
      expect(await statusAt(second, await assertionFor(aud)), aud).toBe(401);
    expect(await statusAt(first, await assertionFor(second))).toBe(401);
    for (const [aud, own, other] of [
      [realm, second, first],
      [second, second, first],
      [first, first, second],
    ] as const) {
      const once = await assertionFor(aud);
      expect(await statusAt(own, once)).toBe(200);
      expect(await statusAt(own, once)).toBe(401);
      expect(await statusAt(other, once)).toBe(401);
    }
  });

  it('a refresh token in JWT form is no access token', async () => {
    const tokens = await tokensOf(await signIn());
    for (const path of ['/v1/me', '/realms/symbolon/protocol/openid-connect/userinfo'])
      expect((await getJson(world.issuer + path, String(tokens.refresh_token))).status).toBe(401);
  });
});
