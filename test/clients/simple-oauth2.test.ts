import { createHash } from 'node:crypto';
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2';
import { expect, it } from 'vitest';
import { openStage, personsBrowser, scope } from './stage.ts';

it('simple-oauth2: sign-in, refresh, revocation, an app’s own token, provider token', async () => {
  const stage = await openStage();
  const url = 'https://app.example';
  const { clientId, clientSecret } = await stage.register({ url });
  const config = {
    client: { id: clientId, secret: clientSecret },
    auth: {
      tokenHost: stage.issuer,
      tokenPath: '/oauth/token',
      revokePath: '/oauth/revoke',
    },
  };
  const client = new AuthorizationCode({
    ...config,
    auth: { ...config.auth, authorizePath: '/authorize' },
  });
  // The package has no PKCE of its own and passes parameters on.
  const verifier = 'a-verifier-of-at-least-forty-three-characters';
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const there = client.authorizeURL({
    redirect_uri: `${url}/callback`,
    scope,
    state: 'xyz',
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
  });
  const back = await stage.visit(personsBrowser([url]), there, url);
  expect(back.url.searchParams.get('state')).toBe('xyz');
  const redirect = { redirect_uri: `${url}/callback`, ...{ code_verifier: verifier } };
  const token = await client.getToken({ code: back.url.searchParams.get('code') ?? '', ...redirect });
  expect(token.expired()).toBe(false);
  expect(await stage.verify(String(token.token.id_token), clientId)).toHaveProperty('email');
  await stage.useProviderToken(String(token.token.access_token));

  const refreshed = await client.createToken(JSON.parse(JSON.stringify(token))).refresh();
  await stage.useProviderToken(String(refreshed.token.access_token));
  await refreshed.revokeAll();
  await expect(refreshed.refresh()).rejects.toThrow(/400/);

  const own = await new ClientCredentials(config).getToken({});
  expect(own.token).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
});
