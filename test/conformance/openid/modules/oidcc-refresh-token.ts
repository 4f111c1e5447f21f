import { expect } from 'vitest';
import { checkIdToken, checkTokens, checkUserinfo } from '../checks.ts';
import { token, userinfo } from '../endpoints.ts';
import { signIn } from '../sign-in.ts';
import type { Client, Module, Suite } from '../suite.ts';

/** OpenID Connect Core 12: a refresh token works for the client it was issued to and no other. */
export const oidccRefreshToken: Module = {
  name: 'oidcc-refresh-token',
  async run(suite) {
    expect(suite.metadata.grant_types_supported).toContain('refresh_token');
    await refreshes(suite, suite.client);
    const stolen = await refreshes(suite, suite.secondClient);
    const tried = await token(suite, suite.client, { grant_type: 'refresh_token', refresh_token: stolen });
    expect([tried.status, tried.body.error]).toEqual([400, 'invalid_grant']);
  },
};

/** Returns a working refresh token. */
async function refreshes(suite: Suite, client: Client): Promise<string> {
  const request = { scope: 'openid offline_access', prompt: 'consent' };
  const first = await signIn(suite, { client, request });
  const refreshToken = first.tokens.refreshToken ?? '';
  expect(refreshToken).toMatch(/^[\x20-\x7e]{20,}$/);
  const answer = await token(suite, client, { grant_type: 'refresh_token', refresh_token: refreshToken });
  const tokens = checkTokens(answer);
  suite.world.remember(tokens.accessToken, tokens.refreshToken, tokens.idToken);
  // Core 12.2: the same person and sign-in, issued later. A nonce may be the first one, and should not be there at all.
  const idToken = await checkIdToken(suite, { client, tokens, nonce: undefined });
  expect(idToken.sub).toBe(first.idToken.sub);
  expect(idToken.auth_time).toBe(first.idToken.auth_time);
  expect(idToken.iat).toBeGreaterThanOrEqual(first.idToken.iat);
  expect(tokens.accessToken).not.toBe(first.tokens.accessToken);
  checkUserinfo(await userinfo(suite, tokens.accessToken), idToken);
  return tokens.refreshToken ?? refreshToken;
}
