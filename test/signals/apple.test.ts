import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
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

/** A notification as Apple writes it: the event is JSON as text. */
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

describe('a notification of Apple’s', () => {
  it.each(['consent-revoked', 'account-delete', 'account-deleted'])(
    '%s ends the grant of this person alone',
    async (type) => {
      const one = await person();
      const other = await person();
      expect(await tell(await notification(type, one.subject))).toBe(200);
      expect(await one.retrieve()).toMatchObject(revoked);
      expect((await other.retrieve()).status).toBe(200);
    },
  );

  it('that comes again does no harm to what was granted since', async () => {
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

  it('that is forged, for another app, or says nothing changes nothing', async () => {
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
