import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEvents } from '../../src/kit/events/events.ts';
import { createLog } from '../../src/kit/log.ts';
import { createMetrics } from '../../src/kit/metrics.ts';
import { createRefusals } from '../../src/signals/refusals.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld({ providers: ['apple'] });
  app = await createApp(world, { connections: ['apple'] });
});

let people = 0;

async function person(user = `visitor-${++people}`) {
  const tokens = await app.signIn({ connection: 'apple', user, scope: 'openid idp:apple' });
  const retrieve = () => callApi(world.issuer, '/v1/me/identities/apple/token', tokens.access_token);
  const { body } = await retrieve();
  const { subject } = body.identity as { subject: string };
  world.clock.advance(5_000);
  return { user, retrieve, subject };
}

/** A notification as Apple sends it: the event is JSON in a string. */
async function notification(type: string, sub: string, more: object = {}): Promise<string> {
  const { registration } = (await world.broker.connections.find('apple')) ?? {};
  const now = world.clock.now().getTime();
  const claims = {
    iss: registration?.issuer,
    aud: registration?.clientId,
    iat: Math.floor(now / 1000),
    jti: randomBytes(8).toString('hex'),
    events: JSON.stringify({ type, sub, event_time: now, email: 'lin@example.com' }),
    ...more,
  };
  const { token } = (await world.control('POST', 'apple/sign', { claims })) as { token: string };
  return JSON.stringify({ payload: token });
}

async function tell(body: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${world.issuer}/connections/apple/signals`, { method: 'POST', body, headers })).status;
}

const revoked = { status: 409, body: { code: 'reauthorization_required', reason: 'revoked_by_user' } };

describe('a notification of Apple', () => {
  it.each(['consent-revoked', 'account-delete', 'account-deleted'])(
    '%s ends the grant of this person only',
    async (type) => {
      const one = await person();
      const other = await person();
      expect(await tell(await notification(type, one.subject))).toBe(200);
      expect(await one.retrieve()).toMatchObject(revoked);
      expect((await other.retrieve()).status).toBe(200);
    },
  );

  it('that is repeated does not affect a later grant', async () => {
    const { subject, user } = await person();
    const message = await notification('consent-revoked', subject);
    expect(await tell(message)).toBe(200);
    const back = await person(user);
    expect(await tell(message)).toBe(200);
    expect((await back.retrieve()).status).toBe(200);
  });

  it('about an address ends nothing', async () => {
    const { subject, retrieve } = await person();
    for (const type of ['email-enabled', 'email-disabled'])
      expect(await tell(await notification(type, subject))).toBe(200);
    expect((await retrieve()).status).toBe(200);
  });

  it('may name either issuer', async () => {
    const { subject, retrieve } = await person();
    const iss = 'https://account.apple.com';
    expect(await tell(await notification('consent-revoked', subject, { iss }))).toBe(200);
    expect(await retrieve()).toMatchObject(revoked);
  });

  it('that is forged, empty, or for another app changes nothing', async () => {
    const { subject, retrieve } = await person();
    for (const more of [
      { aud: 'another' },
      { iss: 'https://apple.example' },
      { events: '[' },
      { events: {} },
    ])
      expect(await tell(await notification('consent-revoked', subject, more)), JSON.stringify(more)).toBe(
        400,
      );
    const genuine = await notification('consent-revoked', subject);
    const unsigned = genuine.replace(/\.[^."]+"/, '."');
    const spoilt = genuine.replace(/.{8}"\}$/, 'AAAAAAAA"}');
    for (const body of [unsigned, spoilt, '', '{}', '{"payload":""}', '[]'])
      expect(await tell(body)).toBe(400);
    expect((await retrieve()).status).toBe(200);
  });
});

describe('a flood of unverifiable messages', () => {
  const told = async () => {
    const where = { type: 'signal.refused', connection: 'apple' };
    const events = await world.database.prisma.auditEvent.findMany({ where });
    return events
      .map(({ detail }) => (detail as { messages: number }).messages)
      .sort((one, other) => one - other);
  };
  const forged = '{"payload":""}';

  const counted = async () =>
    Number(
      /signals_refused_total\{connection="apple"\} (\d+)/.exec(await world.broker.metrics.text())?.[1] ?? 0,
    );

  it('is one event a minute with their number, and a metric', async () => {
    world.clock.advance(60_000);
    const [events, number] = [(await told()).length, await counted()];
    for (let sent = 0; sent < 25; sent += 1) expect(await tell(forged)).toBe(400);
    expect((await told()).length).toBe(events + 1);
    expect(await counted()).toBe(number + 25);
    world.clock.advance(60_000);
    expect(await tell(forged)).toBe(400);
    expect((await told()).length).toBe(events + 2);
    expect(await told()).toContain(25);
  });

  it('is recorded completely when no more arrive, and when the process ends', async () => {
    const { pool } = world.database;
    const log = createLog('silent');
    const { clock } = world;
    const refusals = createRefusals({
      events: createEvents(pool, log),
      metrics: createMetrics(log),
      clock,
    });
    const before = (await told()).length;
    for (const first of [true, false, false]) expect(await refusals.count('apple')).toBe(first);
    await refusals.record();
    expect((await told()).length).toBe(before + 1);
    clock.advance(60_000);
    await refusals.record();
    await refusals.record();
    expect(await told()).toContain(2);
    expect((await told()).length).toBe(before + 2);
    for (const first of [true, false]) expect(await refusals.count('apple')).toBe(first);
    await refusals.record(true);
    expect((await told()).length).toBe(before + 4);
  });
});
