import * as oidc from 'openid-client';
import { expect, it } from 'vitest';
import { openStage, personsBrowser, scope } from './stage.ts';

it('openid-client: sign-in, userinfo, refresh, introspection, revocation, sign-out, provider token', async () => {
  const stage = await openStage();
  const url = 'https://app.example';
  const { clientId, clientSecret } = await stage.register({ url });
  const config = await oidc.discovery(new URL(stage.issuer), clientId, clientSecret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
  const browser = personsBrowser([url]);
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const there = oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${url}/callback`,
    scope,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const back = await stage.visit(browser, there.href, url);
  const tokens = await oidc.authorizationCodeGrant(config, back.url, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const { sub = '' } = tokens.claims() ?? {};
  expect(await oidc.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({
    email: expect.any(String),
  });
  await stage.useProviderToken(tokens.access_token);

  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
  expect(refreshed.claims()?.sub).toBe(sub);
  // OpenID Connect Core 12.2; angular-auth-oidc-client refuses the nonce here.
  expect([tokens.claims()?.nonce, refreshed.claims()?.nonce]).toEqual([nonce, undefined]);
  await stage.useProviderToken(refreshed.access_token);
  expect(await oidc.tokenIntrospection(config, refreshed.access_token)).toMatchObject({ active: true, sub });
  await oidc.tokenRevocation(config, refreshed.access_token);
  expect((await oidc.tokenIntrospection(config, refreshed.access_token)).active).toBe(false);

  const away = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: `${url}/`,
    state,
  });
  const left = await stage.visit(browser, away.href, url);
  expect(left.url.href).toBe(`${url}/?state=${state}`);
});
