import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { visit } from '../account/visitor.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import {
  createApi,
  createApiStage,
  createCaller,
  ownToken,
  ownType,
  providerToken,
  providerType,
} from './on-behalf-stage.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

describe('an API that acts on behalf of its caller', () => {
  it('gets the provider’s token', async () => {
    const stage = await createApiStage(world);
    const { status, body } = await providerToken(world, stage);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        issued_token_type: providerType,
        token_type: 'Bearer',
        access_token: expect.stringMatching(/^ya29/),
      },
    });
  });

  it('gets a token of five minutes for /v1, which names both clients', async () => {
    const stage = await createApiStage(world);
    const { status, body } = await ownToken(world, stage);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { issued_token_type: ownType, token_type: 'Bearer', expires_in: 300, scope: 'idp:google' },
    });
    expect(body).not.toHaveProperty('refresh_token');
    const token = String(body.access_token);
    expect(decodeJwt(token)).toMatchObject({
      aud: `${world.issuer}/v1`,
      sub: stage.userId,
      client_id: stage.api.clientId,
      act: { sub: stage.api.clientId, act: { sub: stage.app.clientId } },
    });
    const listed = await callApi(world.issuer, '/v1/me/identities', token);
    expect(listed.body.identities).toMatchObject([{ connection: 'google' }]);
    const proxied = await callApi(world.issuer, '/v1/me/identities/google/proxy/v1/userinfo', token);
    expect(proxied).toMatchObject({ status: 200, body: { sub: expect.any(String) } });
    const taken = await callApi(world.issuer, '/v1/me/identities/google/token', token);
    expect(taken.status).toBe(200);
    expect((await callApi(world.issuer, '/v1/me', token)).status).toBe(403);
  });

  it('does so too through the confidential app that it names', async () => {
    const { api, app, token } = await createApiStage(world);
    const server = await createApp(world, { connections: [] });
    await world.broker.issuance.apis.update(api.clientId, { client: server.clientId });
    const client = { ...server, identifier: api.identifier };
    expect((await providerToken(world, { api: client, token })).status).toBe(200);
    const { body } = await ownToken(world, { api: client, token });
    const actors = { sub: server.clientId, act: { sub: app.clientId } };
    expect(decodeJwt(String(body.access_token))).toMatchObject({ client_id: server.clientId, act: actors });
  });

  it('authenticates by a key too, as the app that it names', async () => {
    const { api, token } = await createApiStage(world);
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const { app } = await world.broker.issuance.apps.create({
      name: 'Server',
      type: 'service',
      jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] as never },
    });
    await world.broker.issuance.apis.update(api.clientId, { client: app.id });
    const assertion = await new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(app.id)
      .setSubject(app.id)
      .setAudience(world.issuer)
      .setExpirationTime('1m')
      .sign(privateKey);
    world.remember(assertion);
    const proof = {
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    const client = { clientId: app.id, clientSecret: '', identifier: api.identifier };
    expect((await ownToken(world, { api: client, token }, proof)).status).toBe(200);
    expect((await ownToken(world, { api: client, token }, proof)).status).toBe(401);
  });

  it('needs no consent where app and API are the operator’s own', async () => {
    const stage = await createApiStage(world, { firstParty: true });
    expect(
      (await world.broker.issuance.consents(stage.userId)).map(({ clientId }) => clientId),
    ).not.toContain(stage.app.clientId);
    expect((await providerToken(world, stage)).status).toBe(200);
    const strict = await createApiStage(world, { firstParty: true, api: { firstPartySkipsConsent: false } });
    expect((await providerToken(world, strict)).status).toBe(200);
    await world.broker.issuance.withdrawConsent(strict.userId, strict.app.clientId);
    expect((await providerToken(world, strict)).status).toBe(400);
  });
});

const who = (user: string) => ({ connection: 'google', user });

describe('the person', () => {
  it('reads on the consent page which API may use which account', async () => {
    const api = await createApi(world);
    const app = await createCaller(world, [api.identifier]);
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const { url } = await app.start({
      connection: 'google',
      resource: api.identifier,
      scope: 'openid notes:read idp:google',
    });
    const atProvider = await browser.open(url);
    const page = await browser.submit(atProvider, { fields: { user: 'visitor-40' } });
    expect(page.url.pathname).toMatch(/^\/interaction\//);
    const { name = '' } = (await world.broker.issuance.apis.byIdentifier(api.identifier)) ?? {};
    expect(page.text).toContain(`${name} may use your Google account when this app calls it:`);
    expect(page.text).not.toContain('Use Google with your account');
    expect((await browser.submit(page)).url.searchParams.get('code')).toBeTruthy();
    const given = { type: 'consent.given', appId: app.clientId };
    expect(await world.database.prisma.auditEvent.findMany({ where: given })).toMatchObject([
      { detail: { apis: [api.identifier], scopes: ['openid', 'notes:read', 'idp:google'] } },
    ]);
  });

  it('finds the API beside the app, and withdraws its use alone', async () => {
    const stage = await createApiStage(world);
    const token = String((await ownToken(world, stage)).body.access_token);
    expect((await callApi(world.issuer, '/v1/me/identities/google/token', token)).status).toBe(200);
    const { name = '' } = (await world.broker.issuance.apis.byIdentifier(stage.api.identifier)) ?? {};
    const visitor = await visit(world, who(stage.user));
    expect((await visitor.open('/account')).text).toContain(`Only through ${name}`);
    const page = await visitor.open(`/account/apps/${stage.app.clientId}`);
    expect(page.text).toContain('Use your Google account');
    await vi.waitFor(async () => {
      const { text } = await visitor.open(`/account/activity?app=${stage.app.clientId}`);
      expect(text).toContain(`through ${name}`);
    });
    const link = page.links.find(({ href }) => href.includes('withdraw?api='));
    const done = await visitor.browser.submit(await visitor.open(String(link?.href)));
    expect(done.url.search).toContain('withdrawn');
    expect(await providerToken(world, stage)).toMatchObject({ body: { error: 'invalid_grant' } });
    expect((await callApi(world.issuer, '/v1/me/identities', token)).status).toBe(401);
  });

  it('allows it, and links an account, on the page that the refusal names', async () => {
    const connections = [{ connection: 'google' }, { connection: 'github' }];
    const stage = await createApiStage(world, { api: { connections } });
    const asked = { scope: 'idp:github' };
    const refusal = await ownToken(world, stage, asked);
    expect(refusal).toMatchObject({ status: 400, body: { error: 'access_denied', connection: 'github' } });
    const link = String(refusal.body.connect_url);
    expect(link).not.toContain(stage.userId);
    expect(await providerToken(world, stage, { connection: 'github' })).toMatchObject({
      body: { error: 'access_denied', connect_url: expect.stringContaining('/apis/') },
    });

    const other = await visit(world, who('visitor-41'));
    expect((await other.open(link)).status).toBe(400);
    const visitor = await visit(world, who(stage.user));
    for (const changed of [link.replace('/github?', '/google?'), `${link}x`, link.split('?')[0] ?? ''])
      expect((await visitor.open(changed)).status).toBe(400);
    const page = await visitor.open(link);
    expect(page.text).toContain('use your GitHub account?');
    const home = await visitor.press(page, new URL(link).pathname);
    expect(home.status).toBe(200);
    // The same token for the API, and the same question.
    expect(await ownToken(world, stage, asked)).toMatchObject({ status: 200, body: { scope: 'idp:github' } });
    expect((await providerToken(world, stage, { connection: 'github' })).status).toBe(200);
    await world.broker.issuance.withdrawConsent(stage.userId, stage.app.clientId, 'idp:github');
    expect((await providerToken(world, stage, { connection: 'github' })).body.error).toBe('invalid_grant');
    world.clock.advance(minutes(11));
    expect((await visitor.open(link)).status).toBe(400);
  });
});
