import type { IncomingMessage, ServerResponse } from 'node:http';
import { beforeAll, expect, it } from 'vitest';
import { createConnectionCheckStore } from '../../src/login/connection-check-store.ts';
import { createRogue } from '../connectors/rogue.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient } from './client.ts';

let world: World;
let acme: Awaited<ReturnType<typeof createRogue>>;

beforeAll(async () => {
  acme = await createRogue();
  world = await createWorld({ allowedPrivateHosts: [new URL(acme.url).host] });
});
atEnd(() => acme.close());

const person = {
  data: { user: { ref: 9_007_199, label: 'Lin' }, mails: [{ at: 'lin@example.com', ok: true }] },
};

/** A provider that the product does not know: it requires a version, and a token under a name of its own. */
function answers(seen: URLSearchParams[]) {
  return {
    '/start': ({ url = '' }: IncomingMessage, response: ServerResponse) => {
      const asked = new URL(url, acme.url).searchParams;
      seen.push(asked);
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '' }).toString();
      response.writeHead(302, { location: back.href }).end();
    },
    '/trade': { access_token: 'acme-access-token', expires_in: 3600, scope: 'me,mail' },
    '/api/whoami': ({ headers }: IncomingMessage, response: ServerResponse) => {
      const known = headers['x-acme'] === 'Key acme-access-token' && headers['x-version'] === '2 beta';
      response.statusCode = known ? 200 : 401;
      response.end(JSON.stringify(known ? person : {}));
    },
  };
}

it('a provider without a connector is added by the admin API, and its people sign in', async () => {
  const call = adminClient(world);
  const seen: URLSearchParams[] = [];
  acme.says(answers(seen));
  const { status, body } = await call('POST', '/connections', {
    alias: 'acme',
    provider: 'oauth2',
    client_id: 'us',
    client_secret: 'a-secret-between-us-and-acme',
    scopes: ['me', 'mail'],
    endpoints: {
      issuer: acme.url,
      authorization: `${acme.url}/start`,
      token: `${acme.url}/trade`,
      userinfo: `${acme.url}/api/whoami`,
      api: `${acme.url}/api`,
    },
    options: {
      scope_separator: 'comma',
      pkce: 'unsupported',
      client_authentication: 'client_secret_post',
      authorize_parameters: 'audience=whoami',
      subject_path: 'data.user.ref',
      name_path: 'data.user.label',
      email_path: 'data.mails.0.at',
      email_verified_path: 'data.mails.0.ok',
      token_name: 'X-Acme',
      token_scheme: 'Key',
      api_headers: 'X-Version=2%20beta',
    },
  });
  expect([status, body.alias]).toEqual([201, 'acme']);

  const app = await createApp(world, { connections: ['acme'] });
  const { access_token } = await app.signIn({ connection: 'acme', user: 'lin' });
  expect(Object.fromEntries(seen[0] ?? [])).toMatchObject({ scope: 'me,mail', audience: 'whoami' });
  expect(seen[0]?.has('code_challenge')).toBe(false);
  expect(acme.asked).toContain('POST /trade');

  const me = await callApi(world.issuer, '/v1/me', access_token);
  expect(me.body).toMatchObject({ name: 'Lin', identities: [{ connection: 'acme', subject: '9007199' }] });
  const { body: token } = await callApi(world.issuer, '/v1/me/identities/acme/token', access_token);
  expect(token).toMatchObject({
    access_token: 'acme-access-token',
    scope: 'me mail',
    usage: { transport: 'header', name: 'X-Acme', scheme: 'Key', headers: { 'X-Version': '2 beta' } },
  });
});

it('a provider that publishes words which no database stores is checked, and a long text is cut', async () => {
  const call = adminClient(world);
  const published = {
    issuer: acme.url,
    authorization_endpoint: `${acme.url}/start`,
    token_endpoint: `${acme.url}/trade`,
    jwks_uri: `${acme.url}/jwks`,
  };
  const says = (issuer: string) =>
    acme.says({ '/.well-known/openid-configuration': { ...published, issuer } });
  says(acme.url);
  const made = {
    alias: 'odd',
    provider: 'openid-connect',
    client_id: 'us',
    client_secret: 'a-secret-between-us-and-odd',
  };
  expect((await call('POST', '/connections', { ...made, endpoints: { issuer: acme.url } })).status).toBe(201);
  for (const word of ['no\u0000body', 'half \ud83d', 'x'.repeat(9_000)]) {
    says(word);
    expect((await call('POST', '/connections/odd/check')).status).toBe(200);
    const kept = await call('GET', '/connections/odd?health=yes');
    expect(kept.text.length).toBeLessThan(8_000);
    expect(kept.text).toContain(`here, and ${word.slice(0, 2)}`);
  }
});

it('the check of an earlier version does not replace that of a later one', async () => {
  const store = createConnectionCheckStore(world.database.prisma);
  const id = (await world.broker.connections.find('google'))?.id ?? '';
  for (const version of [3, 2])
    await store.noteCheck({ id, version }, [{ check: 'clock', verdict: 'ok', detail: '' }]);
  expect((await store.lastChecks([id])).get(id)?.version).toBe(3);
});

it('the check of a connection that is removed meanwhile leaves nothing, and does not fail', async () => {
  const store = createConnectionCheckStore(world.database.prisma);
  const id = (await world.broker.connections.find('odd'))?.id ?? '';
  const client = await world.database.pool.connect();
  await client.query('BEGIN');
  await client.query('DELETE FROM connection WHERE id = $1', [id]);
  const noted = store.noteCheck({ id, version: 9 }, []);
  const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO connection_check%'`;
  await expect
    .poll(async () => (await world.database.pool.query(waiting)).rows[0].n, { interval: 5 })
    .toBe(1);
  await client.query('COMMIT');
  client.release();
  await noted;
  expect((await store.lastChecks([id])).size).toBe(0);
});

it('a malformed option is refused by name', async () => {
  const call = adminClient(world);
  for (const [option, value] of [
    ['subject_path', 'a..b'],
    ['api_headers', 'X-A=1%0d%0aX-B=2'],
    ['api_headers', 'X-A=%7f'],
    ['api_headers', 'no equals sign'],
    ['scope_separator', 'semicolon'],
  ] as const) {
    const { status, body } = await call('PATCH', '/connections/oauth2', { options: { [option]: value } });
    expect([status, body.detail], option).toEqual([422, expect.stringContaining(option)]);
  }
});
