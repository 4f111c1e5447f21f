import * as client from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { hashOf } from '../../src/kit/ids.ts';
import { post, type RelyingApp, registerApp } from './support/relying-app.ts';
import { openRoom, person, type Room } from './support/room.ts';
import { createTokenEndpoint, offline, refreshForm } from './support/token-endpoint.ts';

let room: Room;
let app: RelyingApp;
let endpoint: ReturnType<typeof createTokenEndpoint>;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room);
  endpoint = createTokenEndpoint(room);
});

describe('refresh tokens', () => {
  it('reuse after the grace period revokes the whole family', async () => {
    const { tokens } = await app.signIn(offline);
    const next = await endpoint.send(refreshForm(tokens.refresh_token, app));
    room.clock.advance(seconds(31));
    const alarms = await endpoint.events('refresh_token.reused');
    await endpoint.refuses(refreshForm(tokens.refresh_token, app));
    await endpoint.refuses(refreshForm(next.body.refresh_token, app));
    expect(await endpoint.isAlive(tokens.access_token)).toBe(false);
    expect(await endpoint.isAlive(next.body.access_token)).toBe(false);
    expect(await endpoint.events('refresh_token.reused')).toBe(alarms + 1);
  });

  it('of a used token, what detects its reuse stays in the table after the grace period, and no more', async () => {
    const { tokens } = await app.signIn(offline);
    const next = await endpoint.send(refreshForm(tokens.refresh_token, app));
    const usedTokens = async () => {
      const { rows } = await room.database.pool.query<{ bytes: number; sealed: boolean }>(
        `SELECT pg_column_size(artifact) AS bytes, successor IS NOT NULL AS sealed
          FROM artifact WHERE kind = 'RefreshToken' AND id_hash = $1`,
        [hashOf(tokens.refresh_token ?? '')],
      );
      return rows;
    };
    room.clock.advance(seconds(29));
    await room.issuance.prune(room.clock.now());
    expect(await usedTokens()).toEqual([{ bytes: expect.any(Number), sealed: true }]);
    expect((await endpoint.send(refreshForm(tokens.refresh_token, app))).body).toEqual(next.body);
    room.clock.advance(seconds(2));
    await room.issuance.prune(room.clock.now());
    const [kept] = await usedTokens();
    expect(kept?.sealed).toBe(false);
    expect(kept?.bytes).toBeLessThan(1_000);
    await endpoint.refuses(refreshForm(tokens.refresh_token, app));
    expect(await endpoint.isAlive(next.body.access_token)).toBe(false);
  });

  it('reuse by the same client within the grace period gets the same answer', async () => {
    const { tokens } = await app.signIn(offline);
    const first = await endpoint.send(refreshForm(tokens.refresh_token, app));
    room.clock.advance(seconds(20));
    const again = await endpoint.send(refreshForm(tokens.refresh_token, app));
    expect(again.body).toEqual(first.body);
    expect((await endpoint.send(refreshForm(first.body.refresh_token, app))).status).toBe(200);
  });

  it('parallel refreshes are one rotation with one answer', async () => {
    const { tokens } = await app.signIn(offline);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => endpoint.send(refreshForm(tokens.refresh_token, app))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('parallel refreshes at two processes are one rotation too', async () => {
    const { database, issuer, clock } = room;
    const peer = await openRoom({ database, issuer, clock });
    const { tokens } = await app.signIn(offline);
    const form = refreshForm(tokens.refresh_token, app);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 2 ? endpoint.send(form) : post(`${peer.address}/oauth/token`, form),
      ),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
  });

  it('a refresh that fails leaves the token unchanged', async () => {
    const { tokens } = await app.signIn(offline);
    await endpoint.refuses(
      { ...refreshForm(tokens.refresh_token, app), resource: 'https://elsewhere.example' },
      'invalid_target',
    );
    expect((await endpoint.send(refreshForm(tokens.refresh_token, app))).status).toBe(200);
  });

  it('the oldest token of a chain is refused, even within the grace period', async () => {
    const { tokens } = await app.signIn(offline);
    const second = await endpoint.send(refreshForm(tokens.refresh_token, app));
    await endpoint.send(refreshForm(second.body.refresh_token, app));
    room.clock.advance(seconds(-5));
    await endpoint.refuses(refreshForm(tokens.refresh_token, app));
  });

  it('a token of one app is refused for another app', async () => {
    const other = await registerApp(room);
    const { tokens } = await app.signIn(offline);
    await endpoint.refuses({ ...refreshForm(tokens.refresh_token, other) });
    expect((await endpoint.send(refreshForm(tokens.refresh_token, app))).status).toBe(200);
  });

  it('no token works once its revocation is answered', async () => {
    const { tokens } = await app.signIn(offline);
    const { client_id, client_secret } = refreshForm('', app);
    const [refreshed] = await Promise.all([
      endpoint.send(refreshForm(tokens.refresh_token, app)),
      post(`${room.issuer}/oauth/revoke`, { client_id, client_secret, token: String(tokens.refresh_token) }),
    ]);
    const left = refreshed.body.refresh_token ?? tokens.refresh_token;
    await endpoint.refuses(refreshForm(left, app));
    expect(await endpoint.isAlive(tokens.access_token)).toBe(false);
    if (refreshed.status === 200) expect(await endpoint.isAlive(refreshed.body.access_token)).toBe(false);
  });

  it('a token is refused after consent is withdrawn, the person is disabled or it has expired', async () => {
    const withdrawn = (await app.signIn(offline)).tokens;
    await room.issuance.withdrawConsent('usr_lin', app.id);
    await endpoint.refuses(refreshForm(withdrawn.refresh_token, app));
    expect(await endpoint.isAlive(withdrawn.access_token)).toBe(false);
    expect(await room.issuance.consents('usr_lin')).not.toContainEqual(
      expect.objectContaining({ clientId: app.id }),
    );

    const disabled = (await app.signIn(offline)).tokens;
    room.people.set('usr_lin', { ...person('usr_lin'), disabled: true });
    await endpoint.refuses(refreshForm(disabled.refresh_token, app));
    room.people.set('usr_lin', person('usr_lin'));

    const old = (await app.signIn(offline)).tokens;
    await room.database.pool.query(
      `UPDATE artifact SET payload = jsonb_set(payload::jsonb, '{exp}', '1')::text WHERE kind = 'RefreshToken'`,
    );
    await room.adopt();
    await endpoint.refuses(refreshForm(old.refresh_token, app));
  });

  it('are only for apps that request offline_access', async () => {
    expect((await app.signIn({ scope: 'openid' })).tokens.refresh_token).toBeUndefined();
  });
});

describe('introspection', () => {
  it('tells only the app of the token, or one that may introspect its API', async () => {
    const api = 'https://introspecting.example';
    await room.issuance.apis.ensure({ identifier: api, name: 'API' });
    const owner = await registerApp(room, { apis: [api] });
    const guard = await registerApp(room, { type: 'service', redirectUris: [], introspects: [api] });
    const stranger = await registerApp(room);
    const { tokens } = await owner.signIn({ audience: api });
    const told = async (by: RelyingApp) =>
      (await client.tokenIntrospection(by.config, tokens.access_token)).active;
    expect([await told(owner), await told(guard), await told(stranger)]).toEqual([true, true, false]);
    const unknown = await client.tokenIntrospection(stranger.config, tokens.access_token);
    expect(unknown).toEqual({ active: false });
  });
  it('requires authentication', async () => {
    const { tokens } = await app.signIn();
    const url = `${room.issuer}/oauth/introspect`;
    expect((await post(url, { token: tokens.access_token })).status).toBeOneOf([400, 401]);
    const wrong = { token: tokens.access_token, client_id: app.id, client_secret: 'wrong' };
    expect(await post(url, wrong)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const spa = await registerApp(room, { type: 'spa' });
    expect((await post(url, { token: tokens.access_token, client_id: spa.id })).body).toEqual({
      active: false,
    });
  });
  it('an unauthenticated caller cannot revoke, and an unknown token is no error', async () => {
    const stranger = await registerApp(room);
    const { tokens } = await app.signIn(offline);
    await client.tokenRevocation(stranger.config, tokens.access_token);
    await client.tokenRevocation(stranger.config, tokens.refresh_token ?? '');
    await client.tokenRevocation(stranger.config, 'unknown');
    expect(await endpoint.isAlive(tokens.access_token)).toBe(true);
    expect((await endpoint.send(refreshForm(tokens.refresh_token, app))).status).toBe(200);
  });
});
