import { randomBytes } from 'node:crypto';
import express from 'express';
import { auth, type ConfigParams, requiresAuth } from 'express-openid-connect';
import { expect, it } from 'vitest';
import { futureUrl, openStage, personsBrowser, scope, serve } from './stage.ts';

it('express-openid-connect: sign-in, userinfo, refresh, both ways out, provider token', async () => {
  const stage = await openStage({ allowedPrivateHosts: ['localhost'] });
  const url = await futureUrl();
  const { clientId, clientSecret } = await stage.register({
    url,
    postLogoutRedirectUris: [url],
    backchannelLogoutUri: `${url}/backchannel-logout`,
  });
  const app = express();
  app.use(
    auth({
      issuerBaseURL: stage.issuer,
      baseURL: url,
      clientID: clientId,
      clientSecret,
      secret: randomBytes(32).toString('hex'),
      authRequired: false,
      idpLogout: true,
      backchannelLogout: { store: memoryStore() },
      authorizationParams: { response_type: 'code', scope },
    }),
  );
  app.get('/', (request, response) => void response.json({ in: request.oidc.isAuthenticated() }));
  app.get('/me', requiresAuth(), async (request, response) => {
    const { oidc } = request;
    const profile = await oidc.fetchUserInfo();
    response.json({ profile, idToken: oidc.idToken, accessToken: oidc.accessToken?.access_token });
  });
  app.get('/refresh', requiresAuth(), async (request, response) => {
    const refreshed = await request.oidc.accessToken?.refresh();
    response.json({ accessToken: refreshed?.access_token });
  });
  await serve(url, app);

  const browser = personsBrowser();
  const read = async (path: string) => JSON.parse((await browser.open(url + path)).html);
  expect(JSON.parse((await stage.visit(browser, `${url}/login`)).html)).toEqual({ in: true });
  const { profile, idToken, accessToken } = await read('/me');
  expect(await stage.verify(idToken, clientId)).toMatchObject({ sub: profile.sub, sid: expect.any(String) });
  expect(profile.email).toEqual(expect.any(String));
  await stage.useProviderToken(accessToken);
  const refreshed = await read('/refresh');
  expect(refreshed.accessToken).not.toBe(accessToken);
  await stage.useProviderToken(refreshed.accessToken);

  // RP-initiated logout, through the broker and back.
  const home = await stage.visit(browser, `${url}/logout`);
  expect([home.url.href, JSON.parse(home.html)]).toEqual([`${url}/`, { in: false }]);
  const asked = await browser.open(`${url}/login`);
  expect(asked.url.origin).toBe(stage.issuer);

  // The other direction: the session ends at the broker, and the app receives the logout token.
  const there = await stage.visit(browser, `${url}/login`);
  expect(JSON.parse(there.html)).toEqual({ in: true });
  await browser.submit(await browser.open(`${stage.issuer}/oidc/logout`));
  await expect.poll(() => read('/')).toEqual({ in: false });
});

type Store = NonNullable<Exclude<ConfigParams['backchannelLogout'], boolean | undefined>['store']>;

/** The store of sessions that have ended. */
function memoryStore(): Store {
  const kept = new Map<string, Parameters<Store['set']>[1]>();
  return {
    get: (sid, answer) => answer(null, kept.get(sid) ?? null),
    set(sid, session, done) {
      kept.set(sid, session);
      done?.(null);
    },
    destroy(sid, done) {
      kept.delete(sid);
      done?.(null);
    },
  };
}
