import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;
let call: CallAdmin;

const webhookSecret = randomBytes(24).toString('hex');
const verifyToken = randomBytes(24).toString('hex');
const discordKeys = generateKeyPairSync('ed25519');
const publicKey = Buffer.from(discordKeys.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString(
  'hex',
);

beforeAll(async () => {
  world = await createWorld({ providers: ['github-app', 'discord', 'zoom', 'strava', 'line', 'slack'] });
  call = adminClient(world);
  world.remember(webhookSecret, verifyToken);
  app = await createApp(world, {
    connections: ['facebook', 'google', 'discord', 'zoom', 'strava', 'slack', 'line', 'github-app'],
  });
  for (const [alias, options] of [
    ['zoom', { webhook_secret: webhookSecret }],
    ['slack', { webhook_secret: webhookSecret }],
    ['line', { webhook_secret: webhookSecret }],
    ['github-app', { webhook_secret: webhookSecret }],
    ['strava', { verify_token: verifyToken }],
    ['discord', { public_key: publicKey }],
  ] as const)
    expect((await call('PATCH', `/connections/${alias}`, { options })).status).toBe(200);
});

let people = 0;

/** A person signed in by this connection, with an app that may use the token. */
async function person(connection: string, user = `visitor-${++people}`) {
  const tokens = await app.signIn({ connection, user, scope: `openid idp:${connection}` });
  const retrieve = () => callApi(world.issuer, `/v1/me/identities/${connection}/token`, tokens.access_token);
  const first = await retrieve();
  expect(first.status).toBe(200);
  return { user, retrieve, subject: (first.body.identity as { subject: string }).subject };
}

interface Message {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

async function tell(connection: string, { body, headers = {}, query = '' }: Message) {
  const url = `${world.issuer}/connections/${connection}/signals${query}`;
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, text: await response.text() };
}

const now = () => Math.floor(world.clock.now().getTime() / 1000);
const later = () => world.clock.advance(5_000);

interface Registered {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuer: string;
}

async function registered(alias: string): Promise<Registered> {
  const { registration } = (await world.broker.connections.find(alias)) ?? {};
  if (!registration) throw new Error(`no ${alias}`);
  const { clientId, clientSecret, issuer } = registration;
  return { clientId, clientSecret: clientSecret?.reveal() ?? '', issuer };
}

/** The signal as each provider sends it. */
const messages: Record<string, (subject: string) => Promise<Message>> = {
  async facebook(subject) {
    return { body: await signedRequest({ user_id: subject, algorithm: 'HMAC-SHA256', issued_at: now() }) };
  },
  async google(subject) {
    const iss = `${(await registered('google')).issuer}/`;
    return await byGoogle('oauth/event-type/tokens-revoked', {
      subject: { subject_type: 'iss-sub', iss, sub: subject },
    });
  },
  async discord(subject) {
    const timestamp = new Date(now() * 1000).toISOString();
    const event = { type: 'APPLICATION_DEAUTHORIZED', timestamp, data: { user: { id: subject } } };
    return byDiscord(JSON.stringify({ version: 1, application_id: '1', type: 1, event }));
  },
  async zoom(subject) {
    const { clientId } = await registered('zoom');
    const payload = {
      account_id: 'a',
      user_id: subject,
      client_id: clientId,
      deauthorization_time: new Date(now() * 1000).toISOString(),
    };
    return byZoom(JSON.stringify({ event: 'app_deauthorized', payload }));
  },
  async slack(subject) {
    const [team_id, user] = subject.split(':');
    const event = { type: 'tokens_revoked', tokens: { oauth: [user], bot: ['B1'] } };
    const event_id = `Ev${randomBytes(4).toString('hex')}`;
    return bySlack(JSON.stringify({ type: 'event_callback', team_id, event_id, event_time: now(), event }));
  },
};

async function signedRequest(claims: object, secret?: string): Promise<string> {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const key = secret ?? (await registered('facebook')).clientSecret;
  const signature = createHmac('sha256', key).update(payload).digest('base64url');
  return new URLSearchParams({ signed_request: `${signature}.${payload}` }).toString();
}

async function byGoogle(type: string, event: object): Promise<Message> {
  const { clientId, issuer } = await registered('google');
  const events = { [`https://schemas.openid.net/secevent/${type}`]: event };
  const aud = [clientId, 'another-of-ours'];
  const claims = { iss: `${issuer}/`, aud, iat: now(), jti: randomBytes(8).toString('hex'), events };
  const { token } = (await world.control('POST', 'google/sign', { claims })) as { token: string };
  return { body: token, headers: { 'content-type': 'application/secevent+jwt' } };
}

function byDiscord(body: string): Message {
  const timestamp = String(now());
  const signature = sign(null, Buffer.from(timestamp + body), discordKeys.privateKey).toString('hex');
  return { body, headers: { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp } };
}

function bySlack(body: string): Message {
  const timestamp = String(now());
  const mac = createHmac('sha256', webhookSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { body, headers: { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${mac}` } };
}

function byLine(body: string, secret = webhookSecret): Message {
  const mac = createHmac('sha256', secret).update(body).digest('base64');
  return { body, headers: { 'x-line-signature': mac } };
}

function byZoom(body: string): Message {
  const timestamp = String(now());
  const mac = createHmac('sha256', webhookSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { body, headers: { 'x-zm-request-timestamp': timestamp, 'x-zm-signature': `v0=${mac}` } };
}

const reasons = {
  facebook: 'app_removed',
  google: 'revoked_by_user',
  discord: 'app_removed',
  zoom: 'app_removed',
  slack: 'revoked_by_user',
};

describe('a provider that reports the end of a grant', () => {
  it.each(Object.entries(reasons))(
    '%s: the app gets the reason, for this person only',
    async (connection, reason) => {
      const one = await person(connection);
      const other = await person(connection);
      later();
      const message = (await messages[connection]?.(one.subject)) ?? { body: '' };
      expect((await tell(connection, message)).status).toBeLessThan(300);
      expect(await one.retrieve()).toMatchObject({
        status: 409,
        body: { code: 'reauthorization_required', reason },
      });
      expect((await other.retrieve()).status).toBe(200);
    },
  );

  it.each(Object.keys(reasons))(
    '%s: a repeated message does not affect a later grant',
    async (connection) => {
      const { subject, user } = await person(connection);
      later();
      const message = (await messages[connection]?.(subject)) ?? { body: '' };
      expect((await tell(connection, message)).status).toBeLessThan(300);
      later();
      const back = await person(connection, user);
      expect((await tell(connection, message)).status).toBeLessThan(300);
      expect((await back.retrieve()).status).toBe(200);
      // A late message about the time before the new grant changes nothing.
      world.clock.advance(60_000);
    },
  );

  it.each(Object.keys(reasons))('%s: a forged message changes nothing and is refused', async (connection) => {
    const { subject, retrieve } = await person(connection);
    later();
    const message = (await messages[connection]?.(subject)) ?? { body: '' };
    const { body, headers = {} } = message;
    const headersSpoilt = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace(/[0-9a-f]{6}$/, '000000')]),
    );
    const spoilt = connection === 'facebook' || connection === 'google';
    const forged: Message[] = [
      spoilt ? { body: body.replace(/.{8}$/, 'AAAAAAAA'), headers } : { body, headers: headersSpoilt },
      { body },
      { body: '', headers },
      { body: '{}', headers },
    ];
    const tries = spoilt ? forged.filter((one) => one.body !== body) : forged;
    for (const one of tries) expect((await tell(connection, one)).status, one.body).toBe(400);
    expect((await retrieve()).status).toBe(200);
  });
});

describe('Facebook', () => {
  it.each([
    ['another key', { algorithm: 'HMAC-SHA256' }, 'not-the-secret'],
    ['another algorithm', { algorithm: 'none' }, undefined],
    ['two days ago', { algorithm: 'HMAC-SHA256', issued_at: 0 }, undefined],
  ])('is not believed if a message is signed with %s', async (_what, claims, secret) => {
    const { subject, retrieve } = await person('facebook');
    const issued_at = 'issued_at' in claims ? now() - 2 * 86_400 : now();
    const body = await signedRequest({ ...claims, user_id: subject, issued_at }, secret);
    expect((await tell('facebook', { body })).status).toBe(400);
    expect((await tell('facebook', { body, query: '?type=data-deletion' })).status).toBe(400);
    expect((await retrieve()).status).toBe(200);
  });

  it('gets a code for a deletion request, by which the person can look it up; a second request changes nothing', async () => {
    const { subject, retrieve } = await person('facebook');
    const body = await signedRequest({ user_id: subject, algorithm: 'HMAC-SHA256', issued_at: now() });
    const message = { body, query: '?type=data-deletion' };
    const first = await tell('facebook', message);
    expect(first.status).toBe(200);
    const { url, confirmation_code } = JSON.parse(first.text) as { url: string; confirmation_code: string };
    expect(url).toBe(`${world.issuer}/connections/facebook/signals/${confirmation_code}`);
    expect(await (await fetch(url)).text()).toContain('has been deleted');
    expect((await fetch(`${url}x`)).status).toBe(404);
    expect(JSON.parse((await tell('facebook', message)).text)).toEqual({ url, confirmation_code });
    // The account was the only one, so the person is deleted with it.
    expect((await retrieve()).status).toBe(401);
    const { rows } = await world.database.pool.query('SELECT 1 FROM identity WHERE subject = $1', [subject]);
    expect(rows).toEqual([]);
  });
});

/** A message as Strava sends it, or a forger. */
const gone = (owner: string, time = now()): Message => ({
  body: JSON.stringify({
    object_type: 'athlete',
    aspect_type: 'update',
    object_id: 1,
    owner_id: owner,
    subscription_id: 1,
    event_time: time,
    updates: { authorized: 'false' },
  }),
});

describe('an untrusted message', () => {
  const rows = () => world.database.prisma.signal.count();
  const received = () => world.database.prisma.auditEvent.count({ where: { type: 'signal.received' } });

  it('is no deletion request only because it is signed: browsers get such messages too', async () => {
    const { subject, retrieve } = await person('facebook');
    const said = { user_id: subject, algorithm: 'HMAC-SHA256', issued_at: now() };
    for (const more of [{ code: 'AQD' }, { oauth_token: 'EAAB' }])
      for (const query of ['', '?type=data-deletion']) {
        const body = await signedRequest({ ...said, ...more });
        expect((await tell('facebook', { body, query })).status).toBe(400);
      }
    expect((await retrieve()).status).toBe(200);
  });

  it('about an unknown person leaves nothing behind, not even if the database cannot store its text', async () => {
    const before = await rows();
    for (const owner of ['999999999', 'a\0b', '\ud800'])
      expect((await tell('strava', gone(owner))).status).toBe(200);
    expect(await rows()).toBe(before);
  });

  it('makes the broker ask the provider once a minute at most', async () => {
    const { subject } = await person('strava');
    world.clock.advance(60_000);
    const before = [await rows(), await received()] as const;
    for (let time = 1; time <= 10; time += 1)
      expect((await tell('strava', gone(subject, time))).status).toBe(200);
    expect([await rows(), await received()]).toEqual([before[0] + 1, before[1] + 1]);
  });
});

describe('handshakes', () => {
  it('Zoom gets the proof that the broker knows the secret', async () => {
    const body = JSON.stringify({ event: 'endpoint.url_validation', payload: { plainToken: 'abc' } });
    const answer = await tell('zoom', byZoom(body));
    const encryptedToken = createHmac('sha256', webhookSecret).update('abc').digest('hex');
    expect(JSON.parse(answer.text)).toEqual({ plainToken: 'abc', encryptedToken });
  });

  it('Slack gets its challenge back', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c1' });
    expect(await tell('slack', bySlack(body))).toEqual({ status: 200, text: 'c1' });
  });

  it('Discord gets its PING answered', async () => {
    expect((await tell('discord', byDiscord('{"version":1,"application_id":"1","type":0}'))).status).toBe(
      204,
    );
  });

  it('Strava gets its challenge back for the right token only', async () => {
    const url = (token: string) =>
      `${world.issuer}/connections/strava/signals?hub.mode=subscribe&hub.challenge=c1&hub.verify_token=${token}`;
    expect(await (await fetch(url(verifyToken))).json()).toEqual({ 'hub.challenge': 'c1' });
    expect((await fetch(url('another'))).status).toBe(400);
  });

  it('Google gets its verification event accepted', async () => {
    const verification = await byGoogle('risc/event-type/verification', { state: 's' });
    expect((await tell('google', verification)).status).toBe(202);
  });
});

it('Google is asked about a token if its message names one by the hash', async () => {
  const { subject, retrieve, user } = await person('google');
  const revoked = (more: object) => {
    const token = { token_identifier_alg: 'hash_base64_sha512_sha512', token: 'aGFzaA==' };
    const named = { subject_type: 'oauth_token', token_type: 'refresh_token', ...token };
    return byGoogle('oauth/event-type/token-revoked', { subject: { ...named, ...more } });
  };
  await world.control('POST', `google/users/${user}/revoke`);
  expect((await tell('google', await revoked({}))).status).toBe(202);
  expect((await retrieve()).status).toBe(200);
  expect((await tell('google', await revoked({ sub: subject }))).status).toBe(202);
  expect(await retrieve()).toMatchObject({ status: 409, body: { code: 'reauthorization_required' } });
});

describe('Strava, which does not sign messages', () => {
  it('is asked whether the message is true', async () => {
    const { subject, retrieve, user } = await person('strava');
    expect((await tell('strava', gone(subject))).status).toBe(200);
    expect((await retrieve()).status).toBe(200);
    world.clock.advance(60_000);
    await world.control('POST', `strava/users/${user}/revoke`);
    expect((await tell('strava', gone(subject))).status).toBe(200);
    expect(await retrieve()).toMatchObject({ status: 409, body: { code: 'reauthorization_required' } });
  });
});

describe('A GitHub App, whose message has no time', () => {
  const revoked = (id: string, action = 'revoked') =>
    JSON.stringify({ action, sender: { login: 'x', id: Number(id) } });
  const byGithub = (body: string, secret = webhookSecret): Message => ({
    body,
    headers: {
      'x-github-event': 'github_app_authorization',
      'x-github-delivery': randomBytes(8).toString('hex'),
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  });

  it('is asked whether the authorization still exists', async () => {
    const { subject, retrieve, user } = await person('github-app');
    expect((await tell('github-app', byGithub(revoked(subject)))).status).toBe(202);
    expect((await retrieve()).status).toBe(200);
    world.clock.advance(61_000);
    await world.control('POST', `github-app/users/${user}/revoke`);
    expect((await tell('github-app', byGithub(revoked(subject), 'another'))).status).toBe(400);
    expect((await tell('github-app', byGithub(revoked(subject, 'created')))).status).toBe(202);
    expect((await tell('github-app', byGithub(revoked(subject)))).status).toBe(202);
    expect(await retrieve()).toMatchObject({ status: 409, body: { code: 'reauthorization_required' } });
  });
});

describe('LINE, which reports only that a person has left the official account', () => {
  const left = (userId: string) =>
    JSON.stringify({
      destination: 'U0',
      events: [{ type: 'unfollow', timestamp: 1, source: { type: 'user', userId } }],
    });

  it('is asked whether the permission still exists', async () => {
    const stays = await person('line');
    expect((await tell('line', byLine(left(stays.subject)))).status).toBe(200);
    expect((await stays.retrieve()).status).toBe(200);
    const goes = await person('line');
    await world.control('POST', `line/users/${goes.user}/revoke`);
    expect((await tell('line', byLine(left(goes.subject), 'another'))).status).toBe(400);
    world.clock.advance(60_000);
    expect((await tell('line', byLine(left(goes.subject)))).status).toBe(200);
    expect(await goes.retrieve()).toMatchObject({ status: 409, body: { code: 'reauthorization_required' } });
  });
});

it('other connections have no such endpoint', async () => {
  expect((await tell('github', { body: '{}' })).status).toBe(404);
  expect((await tell('nowhere', { body: '{}' })).status).toBe(404);
  expect((await fetch(`${world.issuer}/connections/facebook/signals`)).status).toBe(404);
  const { body } = await call('GET', '/connections/facebook');
  expect(body.signals_url).toBe(`${world.issuer}/connections/facebook/signals`);
});
