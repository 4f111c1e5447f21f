import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { days, minutes } from '../../src/kit/clock.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { appBrowser, type RelyingApp, registerApp, type SignedIn } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

let room: Room;
let app: RelyingApp;
let receiver: LogoutReceiver;

beforeAll(async () => {
  room = await openRoom();
});
beforeEach(async () => {
  receiver = await startLogoutReceiver();
  app = await registerApp(room, { backchannelLogoutUri: receiver.uri });
  room.arriving = { userId: 'usr_lin' };
});

const arrivals = (count: number) => expect.poll(() => receiver.received.length).toBe(count);
const pending = async () => {
  const { rows } = await room.database.pool.query(
    'SELECT attempts, lease_until IS NULL AS rests FROM backchannel_logout WHERE app_id = $1',
    [app.id],
  );
  return rows;
};
const settled = () => expect.poll(pending).toEqual([]);
const tried = (attempts: number) => expect.poll(pending).toEqual([{ attempts, rests: true }]);
const sidOf = ({ tokens }: SignedIn) => tokens.claims()?.sid;

async function signOut({ browser }: SignedIn) {
  return await browser.submit(await browser.open(`${room.issuer}/oidc/logout`));
}

describe('the logout token', () => {
  it('has the claims of OpenID Connect Back-Channel Logout 1.0', async () => {
    const signedIn = await app.signIn();
    await signOut(signedIn);
    await arrivals(1);
    const [logout] = receiver.received;
    expect(logout?.method).toBe('POST');
    expect(logout?.contentType).toBe('application/x-www-form-urlencoded');
    expect([...(logout?.form.keys() ?? [])]).toEqual(['logout_token']);
    const jwks = createRemoteJWKSet(new URL(`${room.issuer}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(logout?.token ?? '', jwks, {
      typ: 'logout+jwt',
      issuer: room.issuer,
      audience: app.id,
      subject: 'usr_lin',
      algorithms: ['RS256'],
    });
    expect(Object.keys(payload).sort()).toEqual(['aud', 'events', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
    expect(payload.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
    expect(payload.exp).toBe((payload.iat ?? 0) + 120);
    expect(payload.sid).toBe(sidOf(signedIn));
    expect(payload.sid).toMatch(/^.{16,}$/);
    await settled();
  });

  it('goes to every app of the session with a logout address, and to no other', async () => {
    const other = await startLogoutReceiver();
    const second = await registerApp(room, { backchannelLogoutUri: other.uri });
    const silent = await registerApp(room);
    const stranger = await app.signIn();
    const first = await app.signIn();
    await second.signIn({}, first.browser);
    const { tokens } = await silent.signIn({}, first.browser);
    expect(tokens.claims()).not.toHaveProperty('sid');
    await signOut(first);
    await arrivals(1);
    await expect.poll(() => other.received.length).toBe(1);
    expect(decodeJwt(receiver.received[0]?.token ?? '').sid).toBe(sidOf(first));
    expect(sidOf(stranger)).not.toBe(sidOf(first));
    expect(decodeJwt(other.received[0]?.token ?? '').aud).toBe(second.id);
  });

  it('is offered in discovery', () => {
    expect(app.config.serverMetadata()).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  });
});

describe('every end of a session is reported', () => {
  it('if another person signs in over it', async () => {
    const first = await app.signIn();
    room.arriving = { userId: 'usr_mei' };
    await app.signIn({ prompt: 'login' }, first.browser);
    await arrivals(1);
    expect(decodeJwt(receiver.received[0]?.token ?? '')).toMatchObject({ sub: 'usr_lin', sid: sidOf(first) });
  });

  it.each(['signOut', 'revokeUser'] as const)('%s: for all sessions', async (way) => {
    room.arriving = { userId: 'usr_mei' };
    const sessions = [await app.signIn(), await app.signIn()];
    await room.issuance[way]('usr_mei');
    await arrivals(2);
    const told = receiver.received.map(({ token }) => decodeJwt(token).sid);
    expect(told.sort()).toEqual(sessions.map(sidOf).sort());
  });
});

describe('an app whose logout endpoint fails', () => {
  it('does not make the person wait', async () => {
    receiver.answer('hang');
    const left = await signOut(await app.signIn());
    expect(left.text).toContain('signed out');
    await arrivals(1);
    expect(await pending()).toEqual([{ attempts: 1, rests: false }]);
    await room.issuance.sendBackchannelLogouts();
    expect(receiver.received).toHaveLength(1);
  });

  it('is retried, each time with a new token, and across a restart', async () => {
    receiver.answer(503, 400, 302);
    await signOut(await app.signIn());
    await tried(1);
    await room.issuance.sendBackchannelLogouts();
    expect(receiver.received).toHaveLength(1);
    const later = await openRoom({ database: room.database, issuer: room.issuer, clock: room.clock });
    for (const attempt of [2, 3]) {
      room.clock.advance(minutes(40));
      await later.issuance.sendBackchannelLogouts();
      await tried(attempt);
    }
    room.clock.advance(days(1));
    await Promise.all([later.issuance.sendBackchannelLogouts(), room.issuance.sendBackchannelLogouts()]);
    await settled();
    expect(receiver.received).toHaveLength(4);
    const ids = receiver.received.map(({ token }) => decodeJwt(token).jti);
    expect(new Set(ids).size).toBe(4);
    expect(receiver.received.every(({ method }) => method === 'POST')).toBe(true);
  });

  it('is given up after a day and a half, with an event', async () => {
    receiver.answer(...Array.from({ length: 20 }, () => 500));
    await signOut(await app.signIn());
    await tried(1);
    for (let tries = 0; tries < 10 && (await pending()).length > 0; tries += 1) {
      room.clock.advance(days(1) / 2);
      await room.issuance.sendBackchannelLogouts();
    }
    expect(await pending()).toEqual([]);
    const { rows } = await room.database.pool.query(
      `SELECT user_id, detail FROM audit_event WHERE type = 'app.logout_undelivered' AND app_id = $1`,
      [app.id],
    );
    expect(rows).toEqual([
      { user_id: 'usr_lin', detail: { attempts: receiver.received.length, error: 'status 500' } },
    ]);
  });

  it('gets no retry after its logout address was removed', async () => {
    receiver.answer(500);
    await signOut(await app.signIn());
    await tried(1);
    await room.issuance.apps.update(app.id, { backchannelLogoutUri: null });
    room.clock.advance(minutes(1));
    await room.issuance.sendBackchannelLogouts();
    await settled();
    expect(receiver.received).toHaveLength(1);
  });
});

describe('a back-channel logout address', () => {
  it.each([
    'http://app.example/logout',
    'https://169.254.169.254/latest',
    'https://[::1]/x',
    'https://user:word@app.example/',
    'https://app.example/#x',
    'ftp://app.example/',
    '/logout',
  ])('%s is not accepted', async (backchannelLogoutUri) => {
    await expect(registerApp(room, { backchannelLogoutUri })).rejects.toMatchObject({ status: 422 });
    await expect(room.issuance.apps.update(app.id, { backchannelLogoutUri })).rejects.toMatchObject({
      members: { errors: [{ path: 'backchannelLogoutUri' }] },
    });
  });

  it('is not called if its name resolves to a private address', async () => {
    const port = new URL(receiver.uri).port;
    await room.issuance.apps.update(app.id, { backchannelLogoutUri: `https://localhost:${port}/` });
    await signOut(await app.signIn({}, appBrowser()));
    await tried(1);
    expect(receiver.received).toEqual([]);
    await expect.poll(() => room.logLines.join('')).toContain('refused-address');
  });
});
