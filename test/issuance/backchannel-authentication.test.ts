import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from 'openid-client';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BackchannelQuestion } from '../../src/issuance/provider/backchannel-port.ts';
import { minutes } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';
import { atEnd } from '../support/at-end.ts';
import { callback, post, type RelyingApp, registerApp } from './support/relying-app.ts';
import { openRoom, person, type Room } from './support/room.ts';

// An app asks a person who is elsewhere (OpenID Connect CIBA 1.0): poll and ping.

let room: Room;
let app: RelyingApp;
let userId: string;
/** The questions that the room of approvals received. */
let questions: BackchannelQuestion[];

const polling = {
  type: 'web',
  redirectUris: [callback],
  backchannelTokenDeliveryMode: 'poll',
} as const;

/** Registers an app, and lets a new person allow it in a browser. */
async function allowed(more: object = {}): Promise<RelyingApp> {
  const made = await registerApp(room, { ...polling, redirectUris: [callback], ...more });
  await made.signIn({ scope: 'openid profile offline_access idp:wechat' });
  return made;
}

beforeAll(async () => {
  room = await openRoom({ pollInterval: 0.01 });
  room.issuance.askPersonBy(async (question) => void questions.push(question));
});

beforeEach(async () => {
  questions = [];
  userId = newId('usr');
  room.people.set(userId, person(userId));
  room.arriving = { userId };
  app = await allowed();
});

const begin = (params: Record<string, string> = {}, by = app) =>
  post(`${room.issuer}/oauth/backchannel`, {
    client_id: by.id,
    client_secret: by.secret ?? '',
    scope: 'openid',
    login_hint: userId,
    ...params,
  });

const poll = (auth_req_id: string, by = app) =>
  post(`${room.issuer}/oauth/token`, {
    grant_type: 'urn:openid:params:grant-type:ciba',
    client_id: by.id,
    client_secret: by.secret ?? '',
    auth_req_id,
  });

const decide = (approved: boolean) =>
  room.issuance.decideBackchannel(questions.at(-1)?.reference ?? '', approved);

describe('a request elsewhere', () => {
  it('signs in by openid-client, unmodified, once the person has approved it', async () => {
    expect(app.config.serverMetadata()).toMatchObject({
      backchannel_authentication_endpoint: `${room.issuer}/oauth/backchannel`,
      backchannel_token_delivery_modes_supported: ['poll', 'ping'],
      backchannel_user_code_parameter_supported: false,
    });
    const begun = await client.initiateBackchannelAuthentication(app.config, {
      scope: 'openid profile offline_access idp:wechat',
      login_hint: userId,
      binding_message: 'W4-SCT',
      requested_expiry: '120',
    });
    expect(begun.expires_in).toBe(120);
    expect(questions).toMatchObject([{ userId, clientId: app.id, bindingMessage: 'W4-SCT' }]);
    expect(questions[0]?.scopes).toContain('idp:wechat');
    await decide(true);
    const tokens = await client.pollBackchannelAuthenticationGrant(app.config, begun);
    expect(tokens.claims()?.sub).toBe(userId);
    expect(tokens.scope?.split(' ').sort()).toEqual(['idp:wechat', 'offline_access', 'openid', 'profile']);
    expect(
      (await client.refreshTokenGrant(app.config, tokens.refresh_token ?? '')).access_token,
    ).toBeDefined();
  });

  it('takes an ID token as the hint, waits, and gives tokens once', async () => {
    const { tokens } = await app.signIn({ scope: 'openid' });
    const { body } = await begin({ login_hint: '', id_token_hint: tokens.id_token ?? '' });
    const id = String(body.auth_req_id);
    expect((await poll(id)).body.error).toBe('authorization_pending');
    await decide(true);
    expect((await poll(id)).status).toBe(200);
    expect((await poll(id)).body.error).toBe('invalid_grant');
  });

  it('that is decided at one process gives tokens once, by polls at two at once', async () => {
    const id = String((await begin()).body.auth_req_id);
    const second = await openRoom({ database: room.database, issuer: room.issuer, pollInterval: 0.01 });
    await decide(true);
    const form = {
      grant_type: 'urn:openid:params:grant-type:ciba',
      client_id: app.id,
      client_secret: app.secret ?? '',
      auth_req_id: id,
    };
    const polls = [room, second, room, second].map(({ address }) => post(`${address}/oauth/token`, form));
    const answers = await Promise.all(polls);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is denied, and a second decision changes nothing', async () => {
    const id = String((await begin()).body.auth_req_id);
    await decide(false);
    await decide(true);
    expect((await poll(id)).body.error).toBe('access_denied');
  });

  it('of one app gives nothing to another', async () => {
    const other = await allowed();
    const id = String((await begin()).body.auth_req_id);
    await decide(true);
    expect((await poll(id, other)).body.error).toBe('invalid_grant');
    expect((await poll(id)).status).toBe(200);
  });

  it('is in the database without its id, its hint and its token of notification', async () => {
    const { body } = await begin({ binding_message: 'SEEN-BY-NONE' });
    const { rows } = await room.database.pool.query(
      `SELECT payload FROM artifact WHERE kind = 'BackchannelAuthenticationRequest'`,
    );
    expect(JSON.stringify(rows)).not.toContain(String(body.auth_req_id));
    expect(JSON.stringify(rows)).not.toContain('SEEN-BY-NONE');
  });
});

describe('an app', () => {
  it('reaches no stranger by an id, and strangers look like people who do not exist', async () => {
    const stranger = newId('usr');
    room.people.set(stranger, person(stranger));
    const answers = await Promise.all(
      [stranger, newId('usr'), 'ada@example.com'].map((login_hint) => begin({ login_hint })),
    );
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 400, body: { error: 'unknown_user_id' } });
    expect(questions).toEqual([]);
  });

  it('cannot widen a consent, and one that the operator has not allowed cannot ask', async () => {
    const narrow = await registerApp(room, { ...polling, redirectUris: [callback] });
    await narrow.signIn({ scope: 'openid' });
    const wide = await begin({ scope: 'openid idp:wechat' }, narrow);
    expect(wide).toMatchObject({ status: 400, body: { error: 'consent_required' } });
    const plain = await registerApp(room);
    await plain.signIn({ scope: 'openid' });
    expect((await begin({}, plain)).status).toBe(400);
    expect(questions).toEqual([]);
    const native = { type: 'native', backchannelTokenDeliveryMode: 'poll' } as const;
    await expect(registerApp(room, native)).rejects.toMatchObject({ status: 422 });
    expect((await begin({ client_secret: 'guessed' })).status).toBe(401);
  });

  it('asks no person who has yet to accept an agreement', async () => {
    room.disagreeing.add(userId);
    expect(await begin()).toMatchObject({ status: 400, body: { error: 'consent_required' } });
    expect(questions).toEqual([]);
  });

  it('asks a person three times in ten minutes, and all apps ten times', async () => {
    const statuses = [];
    for (let tries = 0; tries < 4; tries += 1) statuses.push((await begin()).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    for (let apps = 0; apps < 3; apps += 1) {
      const further = await allowed();
      for (let tries = 0; tries < 3; tries += 1) statuses.push((await begin({}, further)).status);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(questions).toHaveLength(10);
  });

  it('asks no more often through two processes at once, and not by requests that end early', async () => {
    const second = await openRoom({ database: room.database, issuer: room.issuer, pollInterval: 0.01 });
    second.people.set(userId, person(userId));
    second.issuance.askPersonBy(async (question) => void questions.push(question));
    const form = { client_id: app.id, client_secret: app.secret ?? '', scope: 'openid', login_hint: userId };
    const ask = (at: string) => post(`${at}/oauth/backchannel`, { ...form, requested_expiry: '1' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => ask([room, second][n % 2]?.address ?? '')),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
    expect(questions).toHaveLength(3);
    await room.issuance.prune(new Date(Date.now() + minutes(2)));
    expect((await ask(room.address)).status).toBe(429);
  });

  it.each<[string, Record<string, string>, string]>([
    ['two hints', { id_token_hint: 'x' }, 'invalid_request'],
    ['no hint', { login_hint: '' }, 'invalid_request'],
    ['a user code', { user_code: '1234' }, 'invalid_request'],
    ['a binding message that is no code', { binding_message: '<b>Your bank</b>' }, 'invalid_binding_message'],
    ['an unknown API', { resource: 'https://unknown.example' }, 'invalid_target'],
    ['an expiry in the past', { requested_expiry: '-1' }, 'invalid_request'],
  ])('with %s is refused', async (_name, change, error) => {
    const given = Object.entries(change).filter(([, value]) => value !== '');
    const without = Object.keys(change).filter((name) => change[name] === '');
    const form = { client_id: app.id, client_secret: app.secret ?? '', scope: 'openid', login_hint: userId };
    const all = Object.entries({ ...form, ...Object.fromEntries(given) });
    const params = Object.fromEntries(all.filter(([name]) => !without.includes(name)));
    expect(await post(`${room.issuer}/oauth/backchannel`, params)).toMatchObject({ body: { error } });
    expect(questions).toEqual([]);
  });
});

it('ping tells the registered address, with the token of the request, and the app then fetches its tokens', async () => {
  const calls: { authorization: string | undefined; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    calls.push({ authorization: request.headers.authorization, body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => new Promise((resolve) => server.close(resolve)));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`;
  const pinged = await allowed({
    backchannelTokenDeliveryMode: 'ping',
    backchannelClientNotificationEndpoint: address,
  });
  expect((await begin({}, pinged)).body.error).toBe('invalid_request');
  const { body } = await begin({ client_notification_token: 'a-token-of-the-app' }, pinged);
  await decide(true);
  expect(calls).toEqual([
    { authorization: 'Bearer a-token-of-the-app', body: JSON.stringify({ auth_req_id: body.auth_req_id }) },
  ]);
  expect((await poll(String(body.auth_req_id), pinged)).status).toBe(200);
  for (const uri of ['http://10.0.0.1/told', 'https://169.254.169.254/'])
    await expect(
      room.issuance.apps.update(pinged.id, { backchannelClientNotificationEndpoint: uri }),
    ).rejects.toMatchObject({ status: 422 });
});
