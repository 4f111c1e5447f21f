import { expect, it } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { createWorld } from '../support/world.ts';
import { createProxyApp, rawCall, startApi } from './proxy-stage.ts';

// The base of a provider's API is moved to a server elsewhere. Apps get no token for it, and the proxy calls nothing there.

it('no door gives an app a token for an API that was moved, until the person authorizes again', async () => {
  const elsewhere = await startApi({});
  atEnd(async () => await elsewhere.close());
  const world = await createWorld({ allowedPrivateHosts: [elsewhere.host] });
  const app = await createProxyApp(world, { google: [{ methods: ['GET'], path: '/**' }] });
  const signIn = async () => (await app.signIn({ connection: 'google', user: 'ada' })).access_token;
  const ask = async (accessToken: string, path: string) =>
    await rawCall(world.issuer, `/v1/me/identities/google${path}`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
  const before = await signIn();
  expect((await ask(before, '/token')).status).toBe(200);
  const google = world.lab.connections().find(({ name }) => name === 'google');
  await world.broker.connections.change('google', {
    client_secret: google?.clientSecret ?? '',
    endpoints: { ...google?.endpoints, api: elsewhere.url },
    reason: 'a move',
  });
  for (const path of ['/token', '/token?force=true', '/token?min_ttl=86400', '/proxy/anything']) {
    const { status, text } = await ask(before, path);
    expect(JSON.parse(text), path).toMatchObject({
      code: 'reauthorization_required',
      reason: 'origin_changed',
    });
    expect(status).toBe(409);
  }
  expect(elsewhere.seen).toEqual([]);
  expect((await ask(await signIn(), '/token')).status).toBe(200);
});
