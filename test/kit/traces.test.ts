import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, it } from 'vitest';
import { type ExportOptions, exportSpans } from '../../src/kit/export-spans.ts';
import { createLog } from '../../src/kit/log.ts';
import { createOutbound } from '../../src/kit/outbound.ts';
import { traced } from '../../src/kit/spans.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { expectNoSecrets } from '../support/leaks.ts';
import { createWorld, type World } from '../support/world.ts';

// Spans go to a receiver of OTLP over HTTP, as a collector gets them.

interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly traceState?: string;
}

interface Payload {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

const route = '/v1/me/identities/:ref/token';
let world: World;
let app: TestApp;
let access: string;
let userId: string;
let identityId: string;
let collector: string;
/** The body of each request to the collector. */
const bodies: string[] = [];
const collectorAnswers = { status: 200, hangs: false };

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
  access = (await app.signIn({ connection: 'google', user: 'visitor-77' })).access_token;
  const me = (await (await ask('/v1/me')).json()) as { id: string; identities: { id: string }[] };
  [userId, identityId] = [me.id, me.identities[0]?.id ?? ''];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks).toString());
    if (!collectorAnswers.hangs) response.writeHead(collectorAnswers.status).end('{}');
  });
  collector = await listening(server);
});

const ask = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${world.issuer}${path}`, { headers: { authorization: `Bearer ${access}`, ...headers } });

/** Asks, and waits until the server has ended the request, which is just after its answer. */
async function asked(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const id = String((await ask(path, headers)).headers.get('x-request-id'));
  await expect.poll(() => lineOf(id)).toBeDefined();
  return id;
}

const lineOf = (id: string): { trace_id?: string; msg: string } | undefined => {
  const lines = world.logged().split('\n');
  const found = lines.find((line) => line.includes(id) && line.includes('"msg":"answered"'));
  return found === undefined ? undefined : JSON.parse(found);
};

const plain = {
  headers: {},
  serviceName: 'broker-of-the-test',
  sampler: 'always_on',
  parentBased: true,
  ratio: 1,
} as const;

/** Returns the spans of the work, as the collector has received them. */
async function spansOf(work: () => Promise<unknown>, change: Partial<ExportOptions> = {}) {
  bodies.length = 0;
  const log = createLog('silent');
  const end = exportSpans({ ...plain, url: `${collector}/v1/traces`, log, ...change });
  await work().finally(end);
  return bodies.flatMap((body) =>
    (JSON.parse(body) as Payload).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    ),
  );
}

const attributesOf = ({ attributes }: ReceivedSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

const named = (spans: readonly ReceivedSpan[], name: string) => {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`no ${name} among ${spans.map((span) => span.name).join(', ')}`);
  return found;
};

it('a retrieval with a refresh is one trace, from the caller to the provider', async () => {
  const caller = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  let id = '';
  const spans = await spansOf(async () => {
    id = await asked('/v1/me/identities/google/token?force=true', {
      traceparent: caller,
      tracestate: 'vendor=of-the-caller',
      baggage: 'person=of-the-caller',
    });
  });
  const request = named(spans, `GET ${route}`);
  const retrieval = named(spans, 'retrieval');
  const refresh = named(spans, 'refresh');
  expect(request).toMatchObject({ traceId: caller.split('-')[1], parentSpanId: 'b7ad6b7169203331' });
  expect(retrieval.parentSpanId).toBe(request.spanId);
  expect(refresh.traceId).toBe(request.traceId);
  const call = spans.find(({ kind, parentSpanId }) => kind === 3 && parentSpanId === refresh.spanId);
  expect(attributesOf(call as ReceivedSpan)).toMatchObject({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
  });
  expect(attributesOf(refresh)).toMatchObject({
    'symbolon.connection': 'google',
    'symbolon.outcome': 'saved',
  });
  expect(attributesOf(request)).toMatchObject({
    'http.route': route,
    'http.response.status_code': 200,
    'symbolon.request_id': id,
    'symbolon.client_id': app.clientId,
  });
  expect(lineOf(id)?.trace_id).toBe(request.traceId);
  expect(bodies.join('')).toContain('broker-of-the-test');
});

it('the door has its span too, and its line names the trace', async () => {
  let ids: readonly string[] = [];
  const spans = await spansOf(async () => {
    ids = [await asked('/v1/me/identities/google/token'), await asked('/v1/me/identities/google/token')];
  });
  const requests = spans.filter(({ name }) => name === `GET ${route}`);
  expect(requests.map((span) => attributesOf(span)['symbolon.request_id']).toSorted()).toEqual(
    ids.toSorted(),
  );
  expect(requests.map(({ traceId }) => traceId).toSorted()).toEqual(
    ids.map((id) => lineOf(id)?.trace_id).toSorted(),
  );
});

it('no span holds a token, a query, a path, a person or what the caller wrote', async () => {
  await spansOf(async () => {
    await asked('/v1/me/identities/google/token?force=true', {
      tracestate: 'a=stranger-1',
      baggage: 'b=stranger-2',
    });
    await asked(`/v1/me/identities/${identityId}/token?min_ttl=77777`);
    await asked(`/v1/users/${userId}/identities/google/token?reason=stranger-3`);
    await asked('/stranger-4/stranger-5');
  });
  const sent = bodies.join('');
  expect(sent).toContain(`GET ${route}`);
  expectNoSecrets([...world.minted(), access, userId, identityId, '77777', 'visitor-77'], { sent });
  expect(sent).not.toContain('stranger-');
  expect(sent).not.toContain('127.0.0.1:');
});

it.each([
  ['too long', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01-${'c'.repeat(8000)}`],
  ['no hexadecimal', `00-${'g'.repeat(32)}-${'b'.repeat(16)}-01`],
  ['capitals', `00-${'A'.repeat(32)}-${'b'.repeat(16)}-01`],
  ['only zeros', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`],
  ['an unknown version', `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`],
  ['two of them', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01, 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`],
])('a traceparent that is %s begins a new trace', async (_what, traceparent) => {
  const spans = await spansOf(() => asked('/v1/me/identities/google/token', { traceparent }));
  const request = named(spans, `GET ${route}`);
  expect(request.parentSpanId ?? '').toBe('');
  expect(request.traceId).toMatch(/^[\da-f]{32}$/);
  expect(traceparent.toLowerCase()).not.toContain(request.traceId);
});

it('a caller does not have its requests recorded where the sampler is not based on it', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const work = () => asked('/v1/me/identities/google/token', { traceparent });
  expect(await spansOf(work, { sampler: 'always_off', parentBased: false })).toEqual([]);
  expect(await spansOf(work, { sampler: 'always_off' })).not.toEqual([]);
});

it('a provider learns no trace unless the operator wants it, and a receiver of webhooks does', async () => {
  const received: IncomingHttpHeaders[] = [];
  const host = await listening(
    createServer((request, response) => {
      received.push(request.headers);
      response.end('{}');
    }),
  );
  const options = { allowedPrivateHosts: [new URL(host).host] };
  const [usual, told] = [createOutbound(options), createOutbound({ ...options, sendsTraceparent: true })];
  atEnd(async () => void (await Promise.all([usual.close(), told.close()])));
  const open = { method: 'GET', headers: new Headers({ accept: 'text/plain' }), headTimeout: 5_000 };
  const spans = await spansOf(() =>
    traced('work', {}, async () => {
      await usual.fetch(host);
      await usual.open(new URL(host), { ...open, signal: new AbortController().signal });
      await usual.fetch(host, { isTraced: true });
      await told.fetch(host);
      await told.open(new URL(host), { ...open, signal: new AbortController().signal });
    }),
  );
  const { traceId } = named(spans, 'work');
  const traces = received.map(({ traceparent }) => String(traceparent ?? '').split('-')[1]);
  expect(traces).toEqual([undefined, undefined, traceId, traceId, traceId]);
  expect(received.flatMap((headers) => [headers.tracestate, headers.baggage])).toEqual(
    Array(10).fill(undefined),
  );
});

it('a collector that refuses costs one line in the log, and one that hangs does not hold up the end', async () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  collectorAnswers.status = 400;
  const end = exportSpans({ ...plain, url: `${collector}/v1/traces`, log });
  // More than one batch, so that several exports fail.
  for (let n = 0; n < 1_200; n += 1) await traced('work', {}, async () => undefined);
  await end();
  expect(bodies.length).toBeGreaterThan(1);
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['the collector did not take these spans']);
  collectorAnswers.hangs = true;
  const hanging = exportSpans({ ...plain, url: `${collector}/v1/traces`, log, lastTimeout: 50 });
  expect((await ask('/v1/me/identities/google/token')).status).toBe(200);
  const begun = performance.now();
  await hanging();
  expect(performance.now() - begun).toBeLessThan(2_500);
});

it('without a collector there is no span, and work runs as it is', async () => {
  expect(await traced('work', {}, async (span) => span)).toBeUndefined();
  expect(lineOf(await asked('/v1/me/identities/google/token'))).not.toHaveProperty('trace_id');
});
