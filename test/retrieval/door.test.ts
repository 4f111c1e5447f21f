import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';

// The door answers plain successes before Express. The same app, served without the door, has to answer alike.

let world: World;
let app: TestApp;
let access: string;
let identityId: string;
let userId: string;
let withoutDoor: number;

beforeAll(async () => {
  world = await createWorld({ trustedProxyHops: 1 });
  app = await createApp(world);
  const tokens = await app.signIn({ connection: 'google', user: 'visitor-1' });
  access = tokens.access_token;
  const server = createServer(world.broker.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => server.close());
  withoutDoor = (server.address() as AddressInfo).port;
  const { body } = await ask({ path: '/v1/me' });
  const me = JSON.parse(body) as { id: string; identities: { id: string }[] };
  userId = me.id;
  identityId = me.identities[0]?.id ?? '';
});

interface Ask {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const token = '/v1/me/identities/google/token';

async function ask({ path = token, method = 'GET', headers = {}, body }: Ask, door = true) {
  const { host, port } = new URL(world.issuer);
  const at = { host: '127.0.0.1', port: door ? port : withoutDoor, path, method };
  const sent = { authorization: `Bearer ${access}`, host, 'x-forwarded-for': '203.0.113.9', ...headers };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest({ ...at, headers: sent }, resolve)
      .on('error', reject)
      .end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode, raw: answer.rawHeaders, body: Buffer.concat(chunks).toString() };
}

/** Returns the headers by their lower-case names, without those that differ from request to request. */
function headersOf({ raw }: { raw: readonly string[] }) {
  const pairs = raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1]] as const] : []));
  const own = ['date', 'x-request-id', 'connection', 'keep-alive'];
  return Object.fromEntries(pairs.filter(([name]) => !own.includes(name)));
}

/** Returns the number of requests that the app has logged so far, and of those that the door has answered. */
const counted = async () => {
  const text = await world.broker.metrics.text();
  const line = (name: string, labels: string) => {
    const found = text.split('\n').find((one) => one.startsWith(name) && one.includes(labels));
    return Number(found?.split(' ').at(-1) ?? 0);
  };
  return {
    requests: line(
      'symbolon_http_request_duration_seconds_count',
      'route="/v1/me/identities/:ref/token",status="200"',
    ),
    tokens: line('symbolon_retrievals_total', 'connection="google",outcome="token"'),
  };
};

const requestIdOf = ({ raw }: { raw: readonly string[] }) =>
  String(raw[raw.findIndex((name) => /^x-request-id$/i.test(name)) + 1]);

const retrievals = async (ids: readonly string[]) => {
  const { rows } = await world.database.pool.query(
    `SELECT user_id, app_id, connection, identity_id, actor_kind, actor_id, address, detail, mark IS NOT NULL AS marked,
       request_id FROM audit_event WHERE type = 'token.retrieved' AND request_id = ANY($1)
     ORDER BY id`,
    [ids],
  );
  return rows as readonly Record<string, unknown>[];
};

it('a token is answered alike with the door and without it, to the last header', async () => {
  const answers = [];
  for (const path of [token, `/v1/me/identities/${identityId}/token`])
    for (const door of [true, false, true]) answers.push(await ask({ path }, door));
  const [first] = answers;
  expect(first?.status).toBe(200);
  for (const answer of answers) {
    expect(headersOf(answer)).toEqual(headersOf(first as (typeof answers)[number]));
    expect({ ...JSON.parse(answer.body), expires_in: 0 }).toEqual({
      ...JSON.parse(first?.body ?? ''),
      expires_in: 0,
    });
  }
  const ids = answers.map(requestIdOf);
  expect(new Set(ids).size).toBe(answers.length);
  expect(ids.every((id) => /^req_[0-9a-z]{26}$/.test(id))).toBe(true);
});

it('both are audited and counted alike', async () => {
  const before = await counted();
  const ids = [requestIdOf(await ask({})), requestIdOf(await ask({}, false))];
  await expect.poll(async () => (await retrievals(ids)).length).toBe(2);
  const [one, other] = await retrievals(ids);
  expect(one).toMatchObject({
    user_id: userId,
    app_id: app.clientId,
    identity_id: identityId,
    actor_kind: 'app',
    actor_id: app.clientId,
    address: '203.0.113.9',
    detail: { background: false },
    marked: true,
  });
  expect({ ...other, request_id: '' }).toEqual({ ...one, request_id: '' });
  await expect.poll(counted).toEqual({ requests: before.requests + 2, tokens: before.tokens + 2 });
});

interface Line {
  readonly msg: string;
  readonly requestId: string;
}

const linesOf = (id: string) =>
  world
    .logged()
    .split('\n')
    .flatMap((text) => (text === '' ? [] : [JSON.parse(text) as Line]))
    .filter(({ msg, requestId }) => msg === 'answered' && requestId === id);

it('each request leaves one line, with its route and its app, and without what it asked with', async () => {
  for (const door of [true, false]) {
    const id = requestIdOf(await ask({}, door));
    await expect.poll(() => linesOf(id)).toHaveLength(1);
    const [line] = linesOf(id);
    expect(line).toMatchObject({
      level: 'info',
      method: 'GET',
      route: '/v1/me/identities/:ref/token',
      status: 200,
      client: app.clientId,
      ms: expect.any(Number),
    });
    expect(line).toHaveProperty('bytes', expect.any(Number));
    expect(JSON.stringify(line)).not.toContain(userId);
  }
  const queried = requestIdOf(await ask({ path: `${token}?access_token=of-a-stranger` }));
  const probe = requestIdOf(await ask({ path: '/healthz' }));
  await expect.poll(() => linesOf(probe)).toMatchObject([{ level: 'debug', route: '/healthz' }]);
  await expect.poll(() => linesOf(queried)).toMatchObject([{ level: 'info', status: 400 }]);
  expect(world.logged()).not.toContain('of-a-stranger');
});

it('the door answers what is in memory, and the app has not heard of it', async () => {
  await ask({});
  const handled = vi.spyOn(world.broker.app as unknown as { handle(): void }, 'handle');
  // The proof that the cache is current may take the app's way now and then.
  await expect
    .poll(async () => {
      handled.mockClear();
      return [(await ask({})).status, handled.mock.calls.length];
    })
    .toEqual([200, 0]);
  handled.mockRestore();
});

describe('what the door leaves to the app is answered alike', () => {
  const unlike: Readonly<Record<string, Ask>> = {
    'another host': { headers: { host: 'other.example' } },
    'a host in capitals': { headers: { host: 'LOCALHOST' } },
    HEAD: { method: 'HEAD' },
    OPTIONS: { method: 'OPTIONS' },
    POST: { method: 'POST' },
    'no token': { headers: { authorization: '' } },
    'another scheme': { headers: { authorization: 'Basic YTpi' } },
    'a changed token': { headers: { authorization: 'Bearer a.b.c' } },
    'an opaque token': { headers: { authorization: `Bearer ${'x'.repeat(43)}` } },
    'the scheme DPoP': { headers: { authorization: 'DPoP a.b.c' } },
    'a proof beside a bearer token': { headers: { dpop: 'a.b.c' } },
    'a parameter': { path: `${token}?min_ttl=5` },
    'a wrong parameter': { path: `${token}?min_ttl=x` },
    'a token in the query': { path: `${token}?access_token=x` },
    'a scope that was not granted': { path: `${token}?scope=mail` },
    'an unknown connection': { path: '/v1/me/identities/nowhere/token' },
    'an account that is not theirs': { path: '/v1/me/identities/idn_01k0000000000000000000000a/token' },
    'a connection that is not linked': { path: '/v1/me/identities/github/token' },
    'a path with a slash at its end': { path: `${token}/` },
    'an encoded path': { path: '/v1/me/identities/goog%6Ce/token' },
    'the absolute form': { path: `http://x.example${token}` },
    'a browser': { headers: { accept: 'text/html' } },
    'an origin': { headers: { origin: 'https://spa.example' } },
    'a body': { headers: { 'content-length': '2' }, body: 'hi' },
    'several addresses': { headers: { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' } },
  };

  it.each(Object.entries(unlike))('%s', async (_what, asked) => {
    const [one, other] = [await ask(asked), await ask(asked, false)];
    expect(one.status).toBe(other.status);
    expect(headersOf(one)).toEqual(headersOf(other));
    const plain = (text: string) => text.replaceAll(/req_[0-9a-z]{26}|"expires_in":\d+/g, '');
    expect(plain(one.body)).toBe(plain(other.body));
  });
});

it('a rate limit counts both ways together', async () => {
  const limited = await createApp(world);
  await world.broker.issuance.apps.update(limited.clientId, {
    connections: [{ connection: 'google', rate: { requests: 6, seconds: 3600 } }],
  });
  const { access_token } = await limited.signIn({ connection: 'google', user: 'visitor-2' });
  const headers = { authorization: `Bearer ${access_token}` };
  const statuses = [];
  for (let n = 0; n < 8; n += 1) statuses.push((await ask({ headers }, n % 2 === 0)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
});
