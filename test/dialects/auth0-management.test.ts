import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { type Answer, answerOf, getJson, postForm, postJson } from './ask.ts';

// GET /api/v2/users/{id} of Auth0's Management API, where a service reads providers' tokens.

let world: World;
let audience: string;
let app: TestApp;
let userId: string;
let subject: string;

beforeAll(async () => {
  world = await createWorld();
  audience = `${world.issuer}/api/v2/`;
  app = await createApp(world);
  const { access_token } = await app.signIn({
    connection: 'google',
    user: 'ada',
    scope: 'openid idp:google',
  });
  const me = await callApi(world.issuer, '/v1/me', access_token);
  userId = String(me.body.id);
  const [identity] = me.body.identities as { subject: string }[];
  subject = String(identity?.subject);
});

interface Service {
  readonly client_id: string;
  readonly client_secret: string;
}

async function service(background: boolean, apis: readonly string[] = [audience]): Promise<Service> {
  const { app: created, clientSecret } = await world.broker.issuance.apps.create({
    name: 'Back end',
    type: 'service',
    apis: [...apis],
    connections: [{ connection: 'google', background }],
  });
  const secret = String(clientSecret?.reveal());
  world.remember(secret);
  return { client_id: created.id, client_secret: secret };
}

const ask = (who: Service, more: Record<string, string> = {}): Promise<Answer> =>
  postJson(`${world.issuer}/oauth/token`, {
    grant_type: 'client_credentials',
    audience,
    ...who,
    ...more,
  });

async function tokenOf(who: Service, more: Record<string, string> = {}): Promise<string> {
  const { body } = await ask(who, more);
  world.remember(String(body.access_token));
  return String(body.access_token);
}

const read = (id: string, token?: string) =>
  getJson(`${world.issuer}/api/v2/users/${encodeURIComponent(id)}`, token);

describe('a service', () => {
  it('gets the API’s scopes if it names none, as at Auth0', async () => {
    const { body } = await ask(await service(true));
    expect(body).toMatchObject({ scope: 'read:users read:user_idp_tokens', token_type: 'Bearer' });
  });

  it('reads a user with valid tokens, by either form of the id', async () => {
    const token = await tokenOf(await service(true));
    for (const id of [userId, `google|${subject}`]) {
      const answer = await read(id, token);
      expect(answer).toMatchObject({
        status: 200,
        body: {
          user_id: userId,
          email: expect.any(String),
          identities: [
            {
              connection: 'google',
              provider: 'google',
              user_id: subject,
              isSocial: true,
              access_token: expect.stringMatching(/^ya29\./),
              expires_in: expect.any(Number),
            },
          ],
        },
      });
      expect(JSON.stringify(answer.body)).not.toContain('refresh_token');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('leaves an audit event for each token, with a reason', async () => {
    const who = await service(true);
    const headers = { authorization: `Bearer ${await tokenOf(who)}`, 'symbolon-reason': 'nightly sync' };
    await answerOf(await fetch(`${world.issuer}/api/v2/users/${userId}`, { headers }));
    const where = { type: 'token.retrieved', appId: who.client_id };
    await vi.waitFor(async () => {
      const event = await world.database.prisma.auditEvent.findFirst({ where });
      expect(event?.detail).toMatchObject({ background: true, reason: 'nightly sync' });
    });
  });

  it('gets no token without the scope, nor if its policy forbids background use', async () => {
    const modest = await tokenOf(await service(true), { scope: 'read:users' });
    const present = await tokenOf(await service(false));
    for (const token of [modest, present]) {
      const { status, body } = await read(userId, token);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toContain('access_token');
    }
  });

  it('sees which users are blocked, and gets none of their tokens', async () => {
    const token = await tokenOf(await service(true));
    await world.broker.identities.setDisabled(userId, true);
    const { status, body } = await read(userId, token);
    await world.broker.identities.setDisabled(userId, false);
    expect([status, body.blocked]).toEqual([200, true]);
    expect(JSON.stringify(body)).not.toContain('access_token');
  });

  it('reads no user without the scope for it', async () => {
    const { status, body } = await read(
      userId,
      await tokenOf(await service(true), { scope: 'read:user_idp_tokens' }),
    );
    expect([status, body.errorCode]).toEqual([403, 'insufficient_scope']);
  });

  it('gets 404 for an unknown user', async () => {
    const token = await tokenOf(await service(true));
    const unknown = [
      'usr_01hzzzzzzzzzzzzzzzzzzzzzzz',
      'google|nobody',
      'nowhere|x',
      '|',
      '\0',
      'google|a\0b',
    ];
    for (const id of unknown)
      expect(await read(id, token)).toMatchObject({
        status: 404,
        body: { statusCode: 404, error: 'Not Found', errorCode: 'inexistent_user' },
      });
  });
});

describe('no other caller', () => {
  it('gets a token for this API if its app does not list it', async () => {
    const answer = await ask(await service(true, []));
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  });

  it('reads users with a token for another API, of a user, or of none', async () => {
    const own = await tokenOf(await service(true), { audience: `${world.issuer}/v1`, scope: 'idp:google' });
    const { apps } = world.broker.issuance;
    await apps.update(app.clientId, { apis: [audience] });
    const personal = await app.signIn({
      connection: 'google',
      user: 'ada',
      scope: 'openid read:users read:user_idp_tokens',
      parameters: { audience },
    });
    for (const token of [own, personal.access_token, 'x', undefined])
      expect(await read(userId, token)).toMatchObject({
        status: 401,
        body: { statusCode: 401, error: 'Unauthorized' },
      });
  });

  it('uses a service’s token at the retrieval API', async () => {
    const token = await tokenOf(await service(true));
    expect((await callApi(world.issuer, '/v1/me', token)).status).toBe(401);
    const path = `/v1/users/${userId}/identities/google/token?reason=x`;
    expect((await callApi(world.issuer, path, token)).status).toBe(401);
  });
});

it('signs a person in on a device that begins at Auth0’s path, with an audience', async () => {
  const { apis, apps } = world.broker.issuance;
  const api = await apis.create({
    name: 'Guide',
    identifier: 'https://guide.example',
    scopes: [{ name: 'read:guide' }],
  });
  const { app: tv } = await apps.create({
    name: 'Television',
    type: 'native',
    redirectUris: [],
    deviceFlow: true,
    apis: [api.identifier],
  });
  const begin = { client_id: tv.id, scope: 'openid read:guide', audience: api.identifier };
  const forms = [postForm, postJson].map((post) => post(`${world.issuer}/oauth/device/code`, begin));
  const [begun, byJson] = await Promise.all(forms);
  expect(byJson).toMatchObject({ status: 200, body: { verification_uri: `${world.issuer}/device` } });

  const browser = createBrowser();
  let page = await browser.open(String(begun?.body.verification_uri_complete));
  for (let steps = 0; steps < 8 && page.forms.length > 0; steps += 1) {
    const chooser = page.forms[0]?.action.endsWith('/connect');
    const fields = page.text.includes('simulated') ? { user: 'ada' } : {};
    page = await browser.submit(page, { fields, ...(chooser && { button: 'google' }) });
  }
  expect(page.text).toContain('is connected');
  const { body } = await postJson(`${world.issuer}/oauth/token`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: tv.id,
    device_code: String(begun?.body.device_code),
  });
  world.remember(String(body.access_token));
  expect(body.scope).toBe('openid read:guide');
  expect(decodeJwt(String(body.access_token)).aud).toEqual([api.identifier, `${world.issuer}/userinfo`]);
});
