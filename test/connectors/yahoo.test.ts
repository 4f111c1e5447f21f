import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, lin, rfcWords } from './usual.ts';

const room = conforms({
  provider: 'yahoo',
  profile: 'yahoo',
  authorize: {
    address: 'https://api.login.yahoo.com/oauth2/request_auth',
    parameters: [
      ...authorizeParameters(/^dj0yJmk9/, { scope: 'openid profile email' }),
      ...challenge,
      ['nonce', /^[\w-]{43}$/],
    ],
    asking: [{ ask: { forceLogin: true, forceConsent: true }, adds: { prompt: 'login consent' } }],
  },
  exchange: exchangeAt('/yahoo/oauth2/get_token', { basic: true, pkce: true }),
  granted: ['openid', 'profile', 'email'],
  narrowed: ['openid', 'profile'],
  account: lin('yahoo', { subject: expect.stringMatching(/^[A-Z2-7]{26}$/), emailVerified: true }),
  words: rfcWords,
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 3600, token_type: 'bearer' },
    path: '/userinfo',
    profile: { sub: 'FSVIDUW3D7FSVIDUW3D72F2F', name: 'Bob', picture: 'https://y.example/1' },
    subject: 'sub',
    shown: ['name', 'picture', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: {
      method: 'POST',
      path: '/yahoo/oauth2/get_token',
      params: ['grant_type', 'refresh_token', 'redirect_uri'],
      tolerated: ['another redirect_uri'],
    },
    keepsRefreshToken: true,
  },
  revocation: { method: 'POST', path: '/yahoo/oauth2/revoke', params: ['token', 'token_type_hint'] },
});

describe('Yahoo', () => {
  it('signs with ES256', async () => {
    const jwks = await fetch(`${room().lab.url}/yahoo/openid/v1/certs`);
    expect((await room().arrive('lin')).account.name).toBe('林小雨');
    expect(await jwks.json()).toMatchObject({ keys: [{ alg: 'ES256', kty: 'EC', crv: 'P-256' }] });
  });

  it('is rejected with an algorithm that it does not declare', async () => {
    const { rogue, misled, registration } = room();
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: rogue.url,
      aud: registration.clientId,
      nonce: 'n',
      iat: now,
      exp: now + 600,
      sub: 's',
    };
    const signed = await rogue.sign(claims);
    const disguised = signed.replace(/^[^.]+/, encoded({ alg: 'HS256', kid: 'k1' }));
    rogue.says({ '/token': { access_token: 'rogue-access-token', id_token: disguised } });
    const run = { code: 'c', verifier: 'v'.repeat(43), nonce: 'n', iss: undefined, callback: {} };
    await expect(misled.signIn(run)).rejects.toMatchObject({
      step: 'exchange',
      failure: { kind: 'unknown' },
    });
  });
});

function encoded(header: object): string {
  return Buffer.from(JSON.stringify(header)).toString('base64url');
}
