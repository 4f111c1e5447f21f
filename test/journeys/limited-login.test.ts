import { decodeJwt, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createSdk } from '../support/sdk.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;
let sdk: ReturnType<typeof createSdk>;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world, { firstParty: true, connections: ['facebook'] });
  sdk = createSdk(world, app);
});

const trade: typeof sdk.trade = (...ask) => sdk.trade(...ask);
const signedIn: typeof sdk.signedIn = (...ask) => sdk.signedIn(...ask);

describe('Facebook’s Limited Login', () => {
  it('signs in the same user as the full login, and has a token once the browser brought one', async () => {
    const ask = { scope: 'openid profile email idp:facebook' };
    const limited = await signedIn(
      'facebook',
      { user: 'ada', kind: 'id_token', nonce: 'n-1' },
      { ...ask, nonce: 'n-1' },
    );
    const { sub } = decodeJwt(String(limited.body.id_token));
    const token = async () =>
      await callApi(world.issuer, '/v1/me/identities/facebook/token', String(limited.body.access_token));
    expect(await token()).toMatchObject({
      status: 409,
      body: {
        code: 'reauthorization_required',
        reason: 'not_refreshable',
        since: null,
        reauthorize_url: expect.stringContaining('/account/'),
      },
    });
    const full = await app.signIn({ connection: 'facebook', user: 'ada' });
    expect(full.claims()?.sub).toBe(sub);
    expect((await token()).status).toBe(200);
    await signedIn('facebook', { user: 'ada', kind: 'id_token' });
    expect((await token()).status).toBe(200);
    const admin = adminClient(world);
    const { body } = await admin('GET', `/users/${sub}/identities`);
    expect(body).toMatchObject({ items: [{ connection: 'facebook', email_verified: false }] });
  });

  it('signs no person in by an ID token that is expired, used, of another issuer or app, signed otherwise, or of an odd subject', async () => {
    const { registration } = (await world.broker.connections.find('facebook')) ?? {};
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const good = {
      iss: 'https://www.facebook.com',
      aud: registration?.clientId,
      sub: '10158000000000042',
      iat: now,
      exp: now + 3600,
      jti: 'a',
    };
    const outcome = async (value: string) => {
      const { status, body } = await trade('facebook', { kind: 'id_token', value });
      return body.error ?? status;
    };
    const signed = async (claims: object) => {
      const { token } = (await world.control('POST', 'facebook/sign', { claims })) as { token: string };
      world.remember(token);
      return token;
    };
    const used = await signed(good);
    expect(await outcome(used)).toBe(200);
    expect(await outcome(used)).toBe('invalid_grant');
    expect(await outcome(await signed({ ...good, iss: 'https://facebook.com' }))).toBe(200);
    for (const change of [
      { iss: 'https://limited.facebook.com' },
      { iss: 'https://www.facebook.com/' },
      { iss: undefined },
      { aud: 'another-app' },
      { aud: undefined },
      { iat: now - 7200, exp: now - 3600 },
      { sub: 'not-a-number' },
    ])
      expect(await outcome(await signed({ ...good, ...change })), JSON.stringify(change)).toBe(
        'invalid_grant',
      );
    const key = new TextEncoder().encode(registration?.clientSecret?.reveal());
    const bySecret = await new SignJWT({ ...good, aud: good.aud ?? '', jti: 'b' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(key);
    world.remember(bySecret);
    expect(await outcome(bySecret)).toBe('invalid_grant');
  });
});
