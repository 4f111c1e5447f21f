import * as oauth from 'oauth4webapi';
import { expect, it } from 'vitest';
import { openStage, personsBrowser, scope } from './stage.ts';

const http = { [oauth.allowInsecureRequests]: true };

it('oauth4webapi: sign-in, signature, userinfo, refresh, revocation, provider token', async () => {
  const stage = await openStage();
  const url = 'https://app.example';
  const { clientId, clientSecret } = await stage.register({ url });
  const issuer = new URL(stage.issuer);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
  const client = { client_id: clientId };
  const authentication = oauth.ClientSecretBasic(clientSecret);

  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const there = new URL(server.authorization_endpoint ?? '');
  there.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: `${url}/callback`,
    response_type: 'code',
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  const back = await stage.visit(personsBrowser([url]), there.href, url);
  const answer = oauth.validateAuthResponse(server, client, back.url, state);
  const code = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    answer,
    `${url}/callback`,
    verifier,
    http,
  );
  const checks = { expectedNonce: nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, code, checks);
  // It reads an ID token from the token endpoint without checking its signature, unless asked to.
  await oauth.validateApplicationLevelSignature(server, code, http);
  const { sub = '' } = oauth.getValidatedIdTokenClaims(tokens) ?? {};
  const profile = await oauth.userInfoRequest(server, client, tokens.access_token, http);
  expect(await oauth.processUserInfoResponse(server, client, sub, profile)).toHaveProperty('name');
  await stage.useProviderToken(tokens.access_token);

  const refresh = tokens.refresh_token ?? '';
  const again = await oauth.refreshTokenGrantRequest(server, client, authentication, refresh, http);
  const refreshed = await oauth.processRefreshTokenResponse(server, client, again);
  expect(refreshed.refresh_token).not.toBe(refresh);
  await stage.useProviderToken(refreshed.access_token);
  const gone = await oauth.revocationRequest(
    server,
    client,
    authentication,
    refreshed.refresh_token ?? '',
    http,
  );
  await oauth.processRevocationResponse(gone);
  const dead = await oauth.refreshTokenGrantRequest(
    server,
    client,
    authentication,
    refreshed.refresh_token ?? '',
    http,
  );
  await expect(oauth.processRefreshTokenResponse(server, client, dead)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});
