import { genericGrantRequest, refreshTokenGrant, tokenRevocation } from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { linkSecond } from '../support/second-account.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
});

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const asking = (subject_token: string, more: Record<string, string> = {}) => ({
  subject_token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  requested_token_type: 'urn:symbolon:token-type:idp-access-token',
  connection: 'google',
  ...more,
});

/** Sent by hand, because openid-client does not expose the non-standard members of an error. */
async function exchange(parameters: Record<string, string>) {
  const { clientId, clientSecret } = app;
  const body = new URLSearchParams({
    grant_type: grantType,
    client_id: clientId,
    client_secret: clientSecret,
    ...parameters,
  });
  const response = await fetch(`${world.issuer}/oauth/token`, { method: 'POST', body });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('token exchange', () => {
  it('exchanges the app’s access token for the provider’s', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'ada' });
    const answer = await genericGrantRequest(app.configuration, grantType, asking(access_token));
    expect(answer).toMatchObject({
      token_type: 'bearer',
      issued_token_type: 'urn:symbolon:token-type:idp-access-token',
    });
    const profile = await fetch(`${world.lab.url}/google/v1/userinfo`, {
      headers: { authorization: `Bearer ${answer.access_token}` },
    });
    expect(await profile.json()).toMatchObject({ sub: expect.any(String) });
    expect(answer).not.toHaveProperty('refresh_token');
  });

  it('refuses a subject token that is not this app’s access token of a user', async () => {
    const tokens = await app.signIn({ connection: 'google', user: 'ada' });
    const other = await createApp(world);
    const theirs = await other.signIn({ connection: 'google', user: 'ada' });
    const upstream = await genericGrantRequest(app.configuration, grantType, asking(tokens.access_token));
    const wrong = [theirs.access_token, upstream.access_token, tokens.id_token, tokens.refresh_token, 'x'];
    for (const subject of wrong.map(String)) {
      await expect(genericGrantRequest(app.configuration, grantType, asking(subject))).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    }
  });

  it('refuses unknown token types and missing parameters', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'ada' });
    const wrong = [
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      { connection: '' },
      { actor_token: access_token },
      { actor_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
    ];
    for (const more of wrong) {
      await expect(
        genericGrantRequest(app.configuration, grantType, asking(access_token, more)),
      ).rejects.toMatchObject({
        error: 'invalid_request',
      });
    }
  });

  it('names the connection, and refuses resource and audience', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'ada' });
    for (const more of [{ audience: 'https://api.example' }, { resource: 'https://api.example' }]) {
      await expect(
        genericGrantRequest(app.configuration, grantType, asking(access_token, more)),
      ).rejects.toMatchObject({ error: 'invalid_target' });
    }
  });

  it('applies the rules of the REST endpoint', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'ada', scope: 'openid' });
    await expect(
      genericGrantRequest(app.configuration, grantType, asking(access_token)),
    ).rejects.toMatchObject({
      error: 'insufficient_scope',
      status: 403,
    });
  });

  it('gives the same URLs in refusals as the REST endpoint', async () => {
    const { access_token } = await app.signIn({
      connection: 'google',
      user: 'ada',
      scope: 'openid idp:google idp:github',
    });
    const asked = { github: asking(access_token, { connection: 'github' }) };
    const refused = await exchange(asked.github);
    const rest = await callApi(world.issuer, '/v1/me/identities/github/token', access_token);
    expect(refused).toMatchObject({
      status: rest.status,
      body: { error: 'identity_not_found', link_url: rest.body.link_url },
    });
    const scopes = await exchange(asking(access_token, { scope: 'calendar' }));
    expect(scopes).toMatchObject({
      status: 403,
      body: {
        error: 'insufficient_upstream_scope',
        missing: ['calendar'],
        reauthorize_url: expect.stringContaining('scope=calendar'),
      },
    });
    world.clock.advance(1);
    await exchange(asking(access_token, { force: 'true' }));
    world.clock.advance(1);
    const hasty = await exchange(asking(access_token, { force: 'true' }));
    expect(hasty).toMatchObject({ status: 429, body: { error: 'too_many_requests' } });
    expect(Number(hasty.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('uses the account of several that the hint names', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'visitor-1' });
    const me = await callApi(world.issuer, '/v1/me', access_token);
    const [first] = me.body.identities as { id: string; subject: string }[];
    await linkSecond(world, String(me.body.id), 'google', 'another');
    const open = await exchange(asking(access_token));
    expect(open).toMatchObject({
      status: 409,
      body: { error: 'identity_selection_required', identities: expect.any(Array) },
    });
    const named = await exchange(asking(access_token, { login_hint: String(first?.subject) }));
    expect(named).toMatchObject({ status: 200, body: { identity: { id: first?.id } } });
    const nobody = await exchange(asking(access_token, { login_hint: 'nobody' }));
    expect(nobody).toMatchObject({ status: 404, body: { error: 'identity_not_found' } });
  });
});

describe('a refresh token', () => {
  const refreshType = 'urn:ietf:params:oauth:token-type:refresh_token';
  const asRefresh = (token: string | undefined, more = {}) =>
    exchange(asking(String(token), { subject_token_type: refreshType, ...more }));
  const rotate = (token: string | undefined) => refreshTokenGrant(app.configuration, String(token));

  it('is exchanged without being used up', async () => {
    const { refresh_token } = await app.signIn({ connection: 'google', user: 'ada' });
    for (let round = 0; round < 2; round += 1) expect((await asRefresh(refresh_token)).status).toBe(200);
    expect((await rotate(refresh_token)).access_token).toBeDefined();
  });

  it('just rotated is accepted within the grace period; replayed later it revokes its family', async () => {
    const { refresh_token } = await app.signIn({ connection: 'google', user: 'ada' });
    const next = await rotate(refresh_token);
    world.remember(next.access_token, next.refresh_token);
    expect((await asRefresh(refresh_token)).status).toBe(200);
    expect((await asRefresh(next.refresh_token)).status).toBe(200);
    world.clock.advance(seconds(31));
    expect(await asRefresh(refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await asRefresh(next.refresh_token)).toMatchObject({ status: 400 });
    await expect(rotate(next.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    const rest = await callApi(world.issuer, '/v1/me', next.access_token);
    expect(rest.status).toBe(401);
    const where = { type: 'refresh_token.reused', appId: app.clientId };
    expect(await world.database.prisma.auditEvent.count({ where })).toBe(1);
  });

  it('that another app replays gets no token, and revokes nothing', async () => {
    const owner = await createApp(world);
    const { refresh_token = '' } = await owner.signIn({ connection: 'google', user: 'ada' });
    const next = await refreshTokenGrant(owner.configuration, refresh_token);
    world.remember(next.access_token, next.refresh_token);
    world.clock.advance(seconds(31));
    expect(await asRefresh(refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await callApi(world.issuer, '/v1/me', next.access_token)).status).toBe(200);
  });

  it('of another app, revoked, or of a disabled user gets no token', async () => {
    const other = await createApp(world);
    const theirs = await other.signIn({ connection: 'google', user: 'ada' });
    expect(await asRefresh(theirs.refresh_token)).toMatchObject({ body: { error: 'invalid_grant' } });
    const mine = await app.signIn({ connection: 'google', user: 'lin' });
    await tokenRevocation(app.configuration, String(mine.refresh_token));
    expect(await asRefresh(mine.refresh_token)).toMatchObject({ body: { error: 'invalid_grant' } });
    const last = await app.signIn({ connection: 'google', user: 'lin' });
    const me = await callApi(world.issuer, '/v1/me', last.access_token);
    await world.broker.identities.setDisabled(String(me.body.id), true);
    expect(await asRefresh(last.refresh_token)).toMatchObject({ body: { error: 'invalid_grant' } });
  });

  it('has only the scopes of its grant', async () => {
    const scope = 'openid offline_access';
    const { refresh_token } = await app.signIn({ connection: 'google', user: 'ada', scope });
    expect(await asRefresh(refresh_token)).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    });
  });
});
