import { genericGrantRequest } from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
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

describe('token exchange', () => {
  it('trades the app’s access token for the provider’s', async () => {
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

  it('D113: refuses what is not this app’s access token of a user', async () => {
    const tokens = await app.signIn({ connection: 'google', user: 'ada' });
    const other = await createApp(world);
    const theirs = await other.signIn({ connection: 'google', user: 'ada' });
    for (const subject of [theirs.access_token, tokens.id_token ?? '', tokens.refresh_token ?? '', 'x']) {
      await expect(genericGrantRequest(app.configuration, grantType, asking(subject))).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    }
  });

  it('D113: refuses types it does not know, and asks for what is missing', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'ada' });
    const wrong = [
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      { connection: '' },
    ];
    for (const more of wrong) {
      await expect(
        genericGrantRequest(app.configuration, grantType, asking(access_token, more)),
      ).rejects.toMatchObject({
        error: 'invalid_request',
      });
    }
  });

  it('keeps the rules of the REST endpoint', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'ada', scope: 'openid' });
    await expect(
      genericGrantRequest(app.configuration, grantType, asking(access_token)),
    ).rejects.toMatchObject({
      error: 'insufficient_scope',
      status: 403,
    });
  });
});
