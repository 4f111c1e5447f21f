import { beforeAll, describe, expect, it } from 'vitest';
import { appBrowser, post, type RelyingApp, registerApp } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';
import { arrivedCode, createTokenEndpoint, offline, refreshForm, without } from './support/token-endpoint.ts';

let room: Room;
let app: RelyingApp;
let endpoint: ReturnType<typeof createTokenEndpoint>;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room);
  endpoint = createTokenEndpoint(room);
});

describe('codes', () => {
  it('a code redeemed twice revokes the tokens of its first use', async () => {
    const form = await arrivedCode(app);
    const first = await endpoint.send(form);
    expect(first.status).toBe(200);
    const alarms = await endpoint.events('code.reused');
    await endpoint.refuses(form);
    expect(await endpoint.isAlive(first.body.access_token)).toBe(false);
    await endpoint.refuses(refreshForm(first.body.refresh_token, app));
    expect(await endpoint.events('code.reused')).toBe(alarms + 1);
  });

  it('a replay without the right client or verifier fails and revokes nothing', async () => {
    const other = await registerApp(room);
    const form = await arrivedCode(app);
    const first = await endpoint.send(form);
    await endpoint.refuses({ ...form, code_verifier: 'x'.repeat(43) });
    await endpoint.refuses(without(form, 'code_verifier'));
    await endpoint.refuses({ ...form, client_id: other.id, client_secret: other.secret ?? '' });
    await endpoint.refuses({ ...form, client_secret: 'wrong' }, 'invalid_client', 401);
    expect(await endpoint.isAlive(first.body.access_token)).toBe(true);
  });

  it('exactly one of several parallel redemptions succeeds', async () => {
    const form = await arrivedCode(app);
    const answers = await Promise.all(Array.from({ length: 8 }, () => endpoint.send(form)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers) if (status !== 200) expect(body.error).toBe('invalid_grant');
  });

  it('a code of one app is refused for another app', async () => {
    const other = await registerApp(room);
    const form = await arrivedCode(app);
    await endpoint.refuses({ ...form, client_id: other.id, client_secret: other.secret ?? '' });
    expect((await endpoint.send(form)).status).toBe(200);
  });

  it('a code with another redirect_uri, or with none, is refused', async () => {
    const form = await arrivedCode(app);
    await endpoint.refuses({ ...form, redirect_uri: 'https://app.example/other' });
    await endpoint.refuses(without(form, 'redirect_uri'), 'invalid_request');
  });

  it('a code with a challenge is refused without its verifier', async () => {
    const form = await arrivedCode(app);
    await endpoint.refuses(without(form, 'code_verifier'));
    await endpoint.refuses({ ...form, code_verifier: 'a'.repeat(43) });
  });

  it('a verifier for a code without a challenge is refused as a downgrade', async () => {
    const exempt = await registerApp(room, { pkceRequired: false });
    const form = await arrivedCode(exempt, (url) => {
      url.searchParams.delete('code_challenge');
      url.searchParams.delete('code_challenge_method');
    });
    await endpoint.refuses({ ...form, code_verifier: 'a'.repeat(43) });
    expect((await endpoint.send(without(form, 'code_verifier'))).status).toBe(200);
  });
});

describe('client authentication', () => {
  const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  const grant = { grant_type: 'client_credentials' };

  it('a wrong secret, no secret, one in the query, and two at once are refused', async () => {
    const { id, secret = '' } = app;
    await endpoint.refuses({ ...grant, client_id: id, client_secret: 'wrong' }, 'invalid_client', 401);
    await endpoint.refuses({ ...grant, client_id: id }, 'invalid_client', 401);
    const query = await post(`${endpoint.url}?client_id=${id}&client_secret=${secret}`, grant);
    expect([400, 401]).toContain(query.status);
    const both = await post(
      endpoint.url,
      { ...grant, client_id: id, client_secret: secret },
      { authorization: basic(id, secret) },
    );
    expect(both).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const wrong = await endpoint.send(grant, { authorization: basic(id, 'wrong') });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(wrong.headers.get('www-authenticate')).toContain('Basic');
    expect((await endpoint.send(grant, { authorization: basic(id, secret) })).status).toBe(200);
  });

  it('the stored hash of a secret is not accepted as the secret', async () => {
    const { secretHash } = await room.database.prisma.app.findUniqueOrThrow({ where: { id: app.id } });
    await endpoint.refuses(
      { ...grant, client_id: app.id, client_secret: secretHash ?? '' },
      'invalid_client',
      401,
    );
  });

  it('Basic credentials are form-decoded, and malformed ones are never answered with 500', async () => {
    const { id } = app;
    const encoded = encodeURIComponent('%:+ü').replace(/%20/g, '+');
    expect((await endpoint.send(grant, { authorization: basic(id, encoded) })).status).toBeOneOf([400, 401]);
    for (const raw of ['%:+ü', '%zz', 'a+b']) {
      expect((await endpoint.send(grant, { authorization: basic(id, raw) })).status).toBeOneOf([400, 401]);
    }
    for (const header of ['Basic !!!', 'Basic', 'Basic bm9jb2xvbg==', 'Bearer x', 'Basic a b']) {
      expect((await endpoint.send(grant, { authorization: header })).status).toBeOneOf([400, 401]);
    }
  });

  it('a disabled app cannot authenticate, and its tokens are revoked', async () => {
    const gone = await registerApp(room);
    const { tokens } = await gone.signIn(offline);
    expect(await endpoint.isAlive(tokens.access_token)).toBe(true);
    await room.issuance.apps.update(gone.id, { enabled: false });
    expect(await endpoint.isAlive(tokens.access_token)).toBe(false);
    await endpoint.refuses(refreshForm(tokens.refresh_token, gone), 'invalid_client', 401);
    const page = await appBrowser().open((await gone.begin()).url);
    expect([page.status, page.stopped]).toEqual([400, false]);
  });

  it('a rotated secret replaces the old one at once', async () => {
    const rotated = await registerApp(room);
    const secret = await room.issuance.apps.rotateSecret(rotated.id);
    const form = { ...grant, client_id: rotated.id };
    await endpoint.refuses({ ...form, client_secret: rotated.secret ?? '' }, 'invalid_client', 401);
    expect((await endpoint.send({ ...form, client_secret: secret.reveal() })).status).toBe(200);
  });
});

describe('the grant_type', () => {
  it.each<[string, string]>([
    ['password', 'unsupported_grant_type'],
    ['implicit', 'unsupported_grant_type'],
    ['__proto__', 'unsupported_grant_type'],
    // The flow is known, and off for an app until its operator switches it on.
    ['urn:ietf:params:oauth:grant-type:device_code', 'unauthorized_client'],
  ])('%s is answered %s', async (type, error) => {
    const form = { grant_type: type, client_id: app.id, client_secret: app.secret ?? '' };
    await endpoint.refuses(form, error);
  });
  it('is required', async () => {
    await endpoint.refuses({ client_id: app.id, client_secret: app.secret ?? '' }, 'invalid_request');
  });
  it('is refused if the app may not use it', async () => {
    const spa = await registerApp(room, { type: 'spa' });
    await endpoint.refuses({ grant_type: 'client_credentials', client_id: spa.id }, 'unauthorized_client');
  });
});

describe('the request body', () => {
  const send = (body: string | Buffer | undefined, headers: Record<string, string>) =>
    fetch(endpoint.url, {
      method: 'POST',
      headers,
      ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)) }),
    });

  it.each([
    ['{"grant_type":["client_credentials"]}', 'application/json', 400],
    ['{"grant_type":{"a":1}}', 'application/json', 400],
    ['[1]', 'application/json', 400],
    ['null', 'application/json', 400],
    ['{', 'application/json', 400],
    ['--x\r\n\r\n--x--', 'multipart/form-data; boundary=x', 400],
    ['grant_type=client_credentials', 'text/plain', 400],
  ])('%s as %s', async (body, type, status) => {
    const response = await send(body, { 'content-type': type });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });
  it('is refused when it is missing, compressed or too long', async () => {
    expect((await send(undefined, {})).status).toBe(400);
    expect((await send('x', { 'content-type': 'application/json', 'content-encoding': 'gzip' })).status).toBe(
      415,
    );
    expect((await send('a'.repeat(100_000), { 'content-type': 'application/json' })).status).toBe(413);
    expect(
      (await send('a'.repeat(10_000_000), { 'content-type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(413);
  });
});

it('dynamic client registration does not exist', async () => {
  for (const path of ['/register', '/reg', '/oidc/register', '/connect/register']) {
    expect((await fetch(`${room.issuer}${path}`, { method: 'POST', body: '{}' })).status).toBe(404);
  }
});

it('a single-page app’s origin may call the token endpoint, another origin may not', async () => {
  const spa = await registerApp(room, { type: 'spa', redirectUris: ['https://spa.example/cb'] });
  const form = {
    grant_type: 'authorization_code',
    client_id: spa.id,
    code: 'x',
    redirect_uri: 'https://spa.example/cb',
  };
  const own = await endpoint.send(form, { origin: 'https://spa.example' });
  expect(own.headers.get('access-control-allow-origin')).toBe('https://spa.example');
  const foreign = await endpoint.send(form, { origin: 'https://evil.example' });
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
});
