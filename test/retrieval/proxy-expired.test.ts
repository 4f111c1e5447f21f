import { beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ApiReply, createProxyApp, type RunningApi, rawCall, startApi } from './proxy-stage.ts';

// APIs that tell an expired token otherwise than by status 401, and answers that only look like it.

let api: RunningApi;
let world: World;
let app: TestApp;

const json = (value: unknown) => ({ body: [JSON.stringify(value)] });

/** The refusal of the API, by which it answers each call with the token of its first one. */
const told: { refusal: ApiReply; stale?: string | undefined; forever?: boolean } = { refusal: {} };

beforeAll(async () => {
  api = await startApi({
    '/base/told': ({ headers }) => {
      const token = String(headers.authorization ?? headers['x-api-token']);
      told.stale ??= token;
      return told.forever || told.stale === token ? told.refusal : json({ fresh: true });
    },
  });
  world = await createWorld({ allowedPrivateHosts: [api.host], providers: ['atlassian'] });
  for (const alias of ['google', 'atlassian', 'oauth2']) {
    const found = world.lab.connections().find(({ name }) => name === alias);
    if (!found) throw new Error(`no ${alias}`);
    const { clientSecret, endpoints, options } = found;
    const expiring = { ...options, expired_when: 'E77, token is stale, status 403' };
    await world.broker.connections.change(alias, {
      client_secret: clientSecret,
      endpoints: { ...endpoints, api: api.url },
      ...(alias === 'oauth2' && { options: expiring }),
      reason: 'an API of the test',
    });
  }
  const rules = [{ methods: ['GET' as const, 'POST' as const], path: '/**' }];
  app = await createProxyApp(world, { google: rules, atlassian: rules, oauth2: rules });
});

atEnd(async () => await api.close());

describe('an expired token that the API tells in its own way', () => {
  const refreshes = async (alias: string) => {
    const { counters } = (await world.control('GET', alias)) as { counters: Record<string, number> };
    return Number(counters.refresh);
  };
  const answers = (status: number, value: unknown, headers = {}): ApiReply => ({
    status,
    headers: { 'content-type': 'application/json', ...headers },
    ...json(value),
  });

  /** Calls `/told` some time after the last refresh, and returns the answer with the count of refreshes and calls. */
  async function tell(
    alias: string,
    refusal: ApiReply,
    { forever = false, method = 'GET', times = 1, later = 11 * 60_000 } = {},
  ) {
    const { access_token } = await app.signIn({ connection: alias, user: 'ada' });
    world.clock.advance(later);
    Object.assign(told, { refusal, forever, stale: undefined });
    const [before, callsBefore] = [await refreshes(alias), api.seen.length];
    const one = async () =>
      await rawCall(world.issuer, `/v1/me/identities/${alias}/proxy/told`, {
        method,
        headers: { authorization: `Bearer ${access_token}` },
        ...(method === 'POST' && { body: 'the body' }),
      });
    const all = await Promise.all(Array.from({ length: times }, one));
    const calls = api.seen.slice(callsBefore);
    return {
      answers: all.map(({ status, text }) => `${status} ${text}`),
      refreshes: (await refreshes(alias)) - before,
      calls: calls.length,
      bodies: calls.map(({ body }) => body),
    };
  }

  const repeated = { answers: ['200 {"fresh":true}'], refreshes: 1, calls: 2 };

  it.each<[number, unknown, object?]>([
    [200, { errcode: 40001, errmsg: 'invalid credential' }],
    [200, { errcode: 42001, errmsg: 'access_token expired hint: [x]' }],
    [200, { success: false, errors: [{ code: '602', message: 'Access token expired' }], result: null }],
    [200, { error: { code: 'expired_token' } }],
    [200, { ok: false, error: 'token_expired' }],
    [200, { errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }], data: null }],
    [403, [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]],
    [400, { error: { code: 400, details: [{ reason: 'ACCESS_TOKEN_EXPIRED' }] } }],
    [
      403,
      { fault: { faultstring: 'x', detail: { errorcode: 'keymanagement.service.invalid_access_token' } } },
    ],
    [400, { message: 'The access token has expired. Get a new one.' }],
    [403, { message: 'no' }, { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' }],
  ])('with %i and %j is replaced, and a write is made again', async (status, body, headers) => {
    const refusal = answers(status, body, headers);
    expect(await tell('google', refusal, { method: 'POST' })).toEqual({
      ...repeated,
      bodies: ['the body', 'the body'],
    });
  });

  it.each<[number, unknown]>([
    [200, { id: 7, error: 'token_expired', message: 'Access token expired' }],
    [200, { code: 'token_expired', description: 'Access token expired' }],
    [200, { title: 'Access token expired', status: 'expired_token' }],
    [200, { items: [{ error: { code: 'expired_token' } }], errors: [] }],
    [200, [{ error: { code: 'expired_token' } }]],
    [200, { success: true, error: 'expired_token' }],
    [
      200,
      { data: { viewer: { name: 'Access token expired' } }, errors: [{ message: 'Access token expired' }] },
    ],
    [400, { error: { code: 'bad_title', message: 'Access token expired is no title' } }],
    [409, { error: 'conflict', note: { code: 'token_expired' }, message: 'The page “Token expired” exists' }],
    [400, { error: 'invalid_page_token', message: 'The refresh token has expired' }],
    [403, { message: 'Forbidden' }],
    [404, { message: 'Not Found' }],
    [429, { error: 'expired_token' }],
  ])('is none where %i has %j', async (status, body) => {
    const refusal = answers(status, body);
    const mine = `${status} ${JSON.stringify(body)}`;
    expect(await tell('google', refusal, { later: 11_000 })).toMatchObject({
      answers: [mine],
      refreshes: 0,
      calls: 1,
    });
  });

  it('is not looked for in a stream of JSON, which is passed on', async () => {
    const lines = {
      body: ['{"error":{"code":"expired_token"}}\n'],
      headers: { 'content-type': 'application/x-ndjson' },
    };
    expect(await tell('google', lines)).toMatchObject({ refreshes: 0, calls: 1 });
  });

  it.each([403, 404])('with a doubtful %i of Atlassian is replaced for a read', async (status) => {
    const refusal = answers(status, { message: 'no' });
    expect(await tell('atlassian', refusal)).toMatchObject(repeated);
  });

  it('with a doubtful status is replaced for the next call where the call is a write', async () => {
    const refusal = answers(403, { message: 'no' });
    expect(await tell('atlassian', refusal, { method: 'POST' })).toMatchObject({
      answers: ['403 {"message":"no"}'],
      refreshes: 1,
      calls: 1,
    });
    const failed = answers(500, { error: 'expired_token' });
    expect(await tell('atlassian', failed, { method: 'POST' })).toMatchObject({ refreshes: 1, calls: 1 });
  });

  it('is no reason for two hundred refreshes if it was a missing permission', async () => {
    const refusal = answers(403, { message: 'no' });
    const many = { forever: true, times: 200 };
    const first = await tell('atlassian', refusal, many);
    expect(first.refreshes).toBe(1);
    expect(new Set(first.answers)).toEqual(new Set(['403 {"message":"no"}']));
    // Neither is it later, nor where there was nothing newer to be had.
    const next = await tell('atlassian', refusal, { ...many, times: 20, later: 60_000 });
    expect(next).toMatchObject({ refreshes: 0, calls: 20 });
    await world.control('POST', 'atlassian/faults', { on: 'refresh', fault: '503', times: 1 });
    expect(await tell('atlassian', refusal, { forever: true })).toMatchObject({ calls: 1 });
    expect(await tell('atlassian', refusal, { forever: true, later: 60_000 })).toMatchObject({
      answers: ['403 {"message":"no"}'],
      refreshes: 0,
      calls: 1,
    });
  });

  it('is believed once in ten minutes where an answer keeps saying so', async () => {
    const refusal = answers(200, { error: 'expired_token' });
    const first = await tell('google', refusal, { forever: true });
    expect(first).toMatchObject({ answers: ['200 {"error":"expired_token"}'], refreshes: 1, calls: 2 });
    const next = await tell('google', refusal, { forever: true, later: 60_000 });
    expect(next).toMatchObject({ answers: first.answers, refreshes: 0, calls: 1 });
  });

  it('is known by the words and the status that the operator has entered', async () => {
    const post = { method: 'POST' };
    expect(await tell('oauth2', answers(200, { code: 'E77', msg: 'x', data: null }), post)).toMatchObject(
      repeated,
    );
    expect(await tell('oauth2', answers(400, { message: 'Your token is stale.' }), post)).toMatchObject(
      repeated,
    );
    expect(await tell('oauth2', answers(403, { message: 'no' }))).toMatchObject(repeated);
    const resource = answers(200, { id: 1, code: 'E77', name: 'token is stale' });
    expect(await tell('oauth2', resource)).toMatchObject({ refreshes: 0, calls: 1 });
    const lacking = answers(403, {}, { 'www-authenticate': 'Bearer error="insufficient_scope"' });
    expect(await tell('oauth2', lacking)).toMatchObject({ refreshes: 0, calls: 1 });
  });
});
