import { beforeAll, describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { linkSecond } from '../support/second-account.ts';
import { createWorld, type World } from '../support/world.ts';
import { postForm, postJson } from './ask.ts';

// The requests of Auth0's Token Vault exchange as documented, and the attacks on it.

let world: World;
let app: TestApp;
let firstParty: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
  firstParty = await createApp(world, { firstParty: true, connections: ['google', 'github'] });
});

const refreshType = 'urn:ietf:params:oauth:token-type:refresh_token';
const accessType = 'urn:ietf:params:oauth:token-type:access_token';
const vaultType = 'http://auth0.com/oauth/token-type/federated-connection-access-token';

function request({ clientId, clientSecret }: TestApp, token: unknown, more: Record<string, string> = {}) {
  return {
    grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    client_id: clientId,
    client_secret: clientSecret,
    subject_token: String(token),
    subject_token_type: refreshType,
    requested_token_type: vaultType,
    connection: 'google',
    ...more,
  };
}
const ask = (fields: Record<string, string>) => postForm(`${world.issuer}/oauth/token`, fields);

describe('the Token Vault exchange', () => {
  it('answers as documented, for JSON and forms, and repeatedly', async () => {
    const { refresh_token } = await app.signIn({ connection: 'google', user: 'ada' });
    const fields = request(app, refresh_token);
    for (const answer of [await ask(fields), await postJson(`${world.issuer}/oauth/token`, fields)]) {
      expect(answer).toMatchObject({
        status: 200,
        body: {
          access_token: expect.stringMatching(/^ya29\./),
          scope: expect.stringContaining('openid'),
          expires_in: expect.any(Number),
          issued_token_type: vaultType,
          token_type: 'Bearer',
        },
      });
      expect(Object.keys(answer.body)).toHaveLength(5);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('accepts an access token of the app for its user', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'ada' });
    const answer = await ask(request(app, access_token, { subject_token_type: accessType }));
    expect(answer.status).toBe(200);
  });

  it('requires no scope from a first-party app, whose policy suffices', async () => {
    const scope = 'openid profile offline_access';
    const tokens = await firstParty.signIn({ connection: 'google', user: 'ada', scope });
    expect((await ask(request(firstParty, tokens.refresh_token))).status).toBe(200);
    const narrow = request(firstParty, tokens.access_token, { subject_token_type: accessType });
    expect(await ask(narrow)).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
    const wechat = await ask(request(firstParty, tokens.refresh_token, { connection: 'wechat' }));
    expect(wechat).toMatchObject({ status: 403, body: { error: 'connection_not_allowed' } });
  });

  it('uses the account that login_hint names, and requires it if there are two', async () => {
    const tokens = await app.signIn({ connection: 'google', user: 'visitor-1' });
    const me = await callApi(world.issuer, '/v1/me', tokens.access_token);
    const [identity] = me.body.identities as { subject: string }[];
    await linkSecond(world, String(me.body.id), 'google', 'second');
    expect(await ask(request(app, tokens.refresh_token))).toMatchObject({
      status: 409,
      body: { error: 'identity_selection_required' },
    });
    const hinted = (login_hint = '') => ask(request(app, tokens.refresh_token, { login_hint }));
    expect((await hinted(identity?.subject)).status).toBe(200);
    expect(await hinted('nobody')).toMatchObject({ status: 401, body: { error: 'identity_not_found' } });
  });
});

describe('401', () => {
  it('answers a subject token that is invalid, of another client, or of another type', async () => {
    const mine = await app.signIn({ connection: 'google', user: 'ada' });
    const theirs = await firstParty.signIn({ connection: 'google', user: 'ada' });
    const wrong = [
      request(app, 'nonsense'),
      request(app, theirs.refresh_token),
      request(app, theirs.access_token, { subject_token_type: accessType }),
      request(app, mine.access_token),
      request(app, mine.refresh_token, { subject_token_type: accessType }),
      request(app, mine.id_token, { subject_token_type: accessType }),
    ];
    for (const fields of wrong)
      expect(await ask(fields)).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
  });

  it('answers a client without valid authentication', async () => {
    const { refresh_token } = await app.signIn({ connection: 'google', user: 'ada' });
    const answer = await ask(request({ ...app, clientSecret: 'wrong' }, refresh_token));
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('tells a connection never linked from one whose grant has ended', async () => {
    const scope = 'openid offline_access idp:google idp:github';
    const tokens = await app.signIn({ connection: 'google', user: 'visitor-2', scope });
    const never = await ask(request(app, tokens.refresh_token, { connection: 'github' }));
    expect(never).toMatchObject({
      status: 401,
      body: { error: 'identity_not_found', link_url: expect.stringContaining('/account/link/github') },
    });
    await world.control('POST', 'google/users/visitor-2/revoke');
    world.clock.advance(hours(2));
    const dead = await ask(request(app, tokens.refresh_token));
    expect(dead).toMatchObject({
      status: 401,
      body: {
        error: 'reauthorization_required',
        reason: expect.any(String),
        reauthorize_url: expect.stringContaining('/account/identities/'),
      },
    });
  });
});

describe('an app', () => {
  it('is refused if it is public, or asks for another token type', async () => {
    const { app: spa } = await world.broker.issuance.apps.create({
      name: 'SPA',
      type: 'spa',
      redirectUris: ['https://spa.example/cb'],
    });
    const { client_secret: _none, ...open } = request(app, 'x');
    const fromSpa = await ask({ ...open, client_id: spa.id });
    expect(fromSpa).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    const { refresh_token } = await app.signIn({ connection: 'google', user: 'ada' });
    for (const requested_token_type of ['urn:ietf:params:oauth:token-type:refresh_token', '']) {
      const answer = await ask(request(app, refresh_token, { requested_token_type }));
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
  });

  it('loses its access when its policy is removed', async () => {
    const doomed = await createApp(world, { firstParty: true });
    const { refresh_token } = await doomed.signIn({ connection: 'google', user: 'ada' });
    expect((await ask(request(doomed, refresh_token))).status).toBe(200);
    await world.broker.issuance.apps.update(doomed.clientId, { connections: [] });
    expect((await ask(request(doomed, refresh_token))).status).toBe(403);
  });
});
