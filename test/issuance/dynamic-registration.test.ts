import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { createBrowser } from '../support/browser.ts';
import { appBrowser, throughPages } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';
import { begin, callback, redeem, refresh } from './support/unknown-app.ts';

// RFC 7591: apps register themselves, where an operator lets them.

let room: Room;

beforeAll(async () => {
  room = await openRoom();
});

beforeEach(async () => {
  room.clock.advance(minutes(2));
  await room.issuance.admission.replace({ dynamicRegistration: true });
});

async function register(body: unknown) {
  const response = await fetch(`${room.issuer}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answer: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, body: answer };
}

const agent = { client_name: 'Agent', redirect_uris: [callback], token_endpoint_auth_method: 'none' };

describe('the registration endpoint', () => {
  it('is closed unless an operator opens it, also for apps that have registered', async () => {
    const { body } = await register(agent);
    await room.issuance.admission.replace({});
    expect((await register(agent)).status).toBe(404);
    expect((await appBrowser().open(begin(room, String(body.client_id)).url)).status).toBe(400);
  });

  it('is closed to apps whose answers a blocked domain would get, and ends those that are there', async () => {
    const { body } = await register(agent);
    const id = String(body.client_id);
    await room.issuance.admission.replace({ dynamicRegistration: true, blockedDomains: ['app.example'] });
    expect((await register(agent)).body.error).toBe('invalid_redirect_uri');
    expect((await appBrowser().open(begin(room, id).url)).status).toBe(400);
  });

  it('registers an app that signs people in, and that the pages show with its host', async () => {
    const metadata = await (await fetch(`${room.issuer}/.well-known/oauth-authorization-server`)).json();
    expect(metadata.registration_endpoint).toBe(`${room.issuer}/oauth/register`);
    const { status, body, headers } = await register({
      ...agent,
      grant_types: ['authorization_code'],
      scope: 'x',
    });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      client_id: expect.stringMatching(/^app_/),
      client_id_issued_at: expect.any(Number),
      client_name: 'Agent (app.example)',
      application_type: 'web',
      redirect_uris: [callback],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    });
    const clientId = String(body.client_id);
    const attempt = begin(room, clientId);
    const browser = appBrowser();
    const consent = await browser.submit(await browser.open(attempt.url));
    expect(consent.text).toContain('This app registered itself. Its name is its own choice.');
    const tokens = await redeem(room, attempt, (await throughPages(browser, consent)).url);
    expect((await refresh(room, clientId, tokens.body.refresh_token)).status).toBe(200);
    await expect.poll(async () => (await room.issuance.apps.get(clientId))?.lastUsedAt).toBeTruthy();
  });

  it('puts all hosts behind the name, so that none hides behind the first', async () => {
    const at = (...hosts: readonly string[]) => ({
      ...agent,
      redirect_uris: hosts.map((host) => `https://${host}/cb`),
    });
    const { body } = await register(at('known.example', 'other.example', 'known.example'));
    expect(body.client_name).toBe('Agent (known.example, other.example)');
    const { status } = await register(at('a.example', 'b.example', 'c.example', 'd.example'));
    expect(status).toBe(400);
  });

  it('gives a native app refresh tokens, although it does not ask to stay signed in', async () => {
    const redirect = 'http://127.0.0.1/cb';
    const { body } = await register({ ...agent, redirect_uris: [redirect] });
    expect(body.application_type).toBe('native');
    const clientId = String(body.client_id);
    const attempt = begin(room, clientId, { redirect_uri: 'http://127.0.0.1:4711/cb' });
    const browser = createBrowser({ stopAt: ['http://127.0.0.1:4711/cb'] });
    const tokens = await redeem(
      room,
      attempt,
      (await throughPages(browser, await browser.open(attempt.url))).url,
    );
    const next = await refresh(room, clientId, tokens.body.refresh_token);
    expect(next.body.refresh_token).toEqual(expect.any(String));
  });

  it('takes the demands that an app makes of itself', async () => {
    const demands = { dpop_bound_access_tokens: true, require_pushed_authorization_requests: true };
    const { body } = await register({ ...agent, ...demands });
    expect(body).toMatchObject(demands);
    const refused = await appBrowser().open(begin(room, String(body.client_id)).url);
    expect(refused.url.searchParams.get('error_description')).toContain('Pushed Authorization Request');
    const signed = await register({ ...agent, require_signed_request_object: true });
    expect(signed.body.error).toBe('invalid_client_metadata');
  });

  it('gives no secret, whatever is asked', async () => {
    const { status, body } = await register({ ...agent, token_endpoint_auth_method: 'client_secret_post' });
    expect([status, body.token_endpoint_auth_method, body.client_secret]).toEqual([201, 'none', undefined]);
  });

  it.each([
    ['nothing', '{}', 'invalid_redirect_uri'],
    ['a private-use scheme', { ...agent, redirect_uris: ['agent://cb'] }, 'invalid_redirect_uri'],
    ['plain http', { ...agent, redirect_uris: ['http://app.example/cb'] }, 'invalid_redirect_uri'],
    ['tokens in the browser', { ...agent, response_types: ['token'] }, 'invalid_client_metadata'],
    ['a secret of its own', { ...agent, client_secret: 'x' }, 'invalid_client_metadata'],
    ['a list', '[]', 'invalid_client_metadata'],
    ['no JSON', 'x', 'invalid_request'],
    ['10 kB', { ...agent, client_name: 'x'.repeat(10_000) }, 'invalid_request'],
  ])('refuses %s', async (_what, body, error) => {
    const answer = await register(body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body.error).toBe(error);
  });

  it('lets ten apps of an address in a minute', async () => {
    const answers: number[] = [];
    for (let n = 0; n < 11; n += 1) answers.push((await register(agent)).status);
    expect(answers.filter((status) => status === 201)).toHaveLength(10);
    expect(answers.at(-1)).toBe(429);
  });

  it('forgets apps that no person used within a day', async () => {
    const [unused, blocked] = [await register(agent), await register(agent)];
    await room.issuance.apps.update(String(blocked.body.client_id), { enabled: false });
    await room.database.pool.query(
      `UPDATE app SET created_at = created_at - interval '2 days' WHERE registration = 'dynamic'`,
    );
    const deleted = await room.issuance.deleteUnusedApps();
    expect(deleted).toContain(unused.body.client_id);
    expect(deleted).not.toContain(blocked.body.client_id);
  });
});
