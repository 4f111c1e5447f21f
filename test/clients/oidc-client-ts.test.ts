import { readFile } from 'node:fs/promises';
import type { User } from 'oidc-client-ts';
import { expect, it, onTestFinished } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { futureUrl, openStage, scope, serve } from './stage.ts';

it('oidc-client-ts in Chromium: sign-in, userinfo, refresh, revocation, sign-out, provider token', async () => {
  const stage = await openStage();
  const url = await futureUrl();
  const { clientId } = await stage.register({ url, type: 'spa' });
  const library = await readFile(
    new URL('../browser/oidc-client-ts.min.js', import.meta.resolve('oidc-client-ts')),
  );
  const settings = {
    authority: stage.issuer,
    client_id: clientId,
    redirect_uri: `${url}/callback`,
    post_logout_redirect_uri: `${url}/`,
    scope,
    loadUserInfo: true,
  };
  await serve(url, (request, response) => {
    if (request.url === '/library.js')
      return void response.setHeader('content-type', 'text/javascript').end(library);
    const script = `const manager = new oidc.UserManager(${JSON.stringify(settings)})`;
    response
      .setHeader('content-type', 'text/html')
      .end(`<!doctype html><script src="/library.js"></script><script>${script}</script>`);
  });
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await (await browser.newContext({ locale: 'en-US' })).newPage();
  page.setDefaultTimeout(30_000);

  await page.goto(url);
  await page.evaluate('void manager.signinRedirect()');
  await page.getByRole('button', { name: 'Continue with GitHub' }).click();
  await page.locator('input[name="user"][value="ada"]').check();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${url}/callback?*`);
  const user = (await page.evaluate('manager.signinCallback()')) as User;
  expect(await stage.verify(user.id_token ?? '', clientId)).toMatchObject({ sub: user.profile.sub });
  expect(user.profile.email).toMatch(/@/);
  await stage.useProviderToken(user.access_token);

  const refreshed = (await page.evaluate('manager.signinSilent()')) as User;
  expect(refreshed.access_token).not.toBe(user.access_token);
  expect(refreshed.refresh_token).not.toBe(user.refresh_token);
  await stage.useProviderToken(refreshed.access_token);
  stage.world.remember(user.refresh_token, refreshed.refresh_token, user.id_token);

  await page.evaluate('manager.revokeTokens()');
  const headers = { authorization: `Bearer ${refreshed.access_token}` };
  expect((await fetch(`${stage.issuer}/v1/me`, { headers })).status).toBe(401);
  const left = page.waitForEvent('load');
  await page.evaluate('void manager.signoutRedirect()');
  await left;
  expect(page.url()).toBe(`${url}/`);
  await page.goto(url);
  await page.evaluate('void manager.signinRedirect()');
  await page.getByRole('button', { name: 'Continue with GitHub' }).waitFor();
}, 60_000);
