import { jwtVerify } from 'jose';
import { expect } from 'vitest';
import { randomValue } from '../authorize.ts';
import { checkSignedOut, logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccBackchannelRpInitiatedLogout: Module = {
  name: 'oidcc-backchannel-rp-initiated-logout',
  async run(suite) {
    const { issuer, keys, logouts, client } = suite;
    const before = logouts.received.length;
    const signedIn = await signIn(suite);
    const state = randomValue(128);
    const post_logout_redirect_uri = client.postLogoutRedirectUri;
    const id_token_hint = signedIn.tokens.idToken;
    const left = await logOut(suite, signedIn, { id_token_hint, post_logout_redirect_uri, state });
    expect(left.url.href).toBe(`${post_logout_redirect_uri}?state=${state}`);

    await expect.poll(() => logouts.received.length).toBe(before + 1);
    const received = logouts.received[before];
    expect([...(received?.form.keys() ?? [])]).toEqual(['logout_token']);
    const { payload } = await jwtVerify(received?.token ?? '', keys, { issuer, audience: client.id });
    expect(payload).toMatchObject({
      iat: expect.any(Number),
      jti: expect.any(String),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      sub: signedIn.idToken.sub,
      sid: signedIn.idToken.sid,
    });
    expect(payload).not.toHaveProperty('nonce');
    await checkSignedOut(suite, signedIn);
  },
};
