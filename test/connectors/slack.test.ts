import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected } from './usual.ts';

const path = '/slack/api/openid.connect.token';
const no = (error: string) => ({ ok: false, error });
const removed = { kind: 'grant-dead', reason: 'revoked_by_user' } as const;
const member = expect.stringMatching(/^T0105LAB:U0[0-9A-Z]{9}$/);
const claim = (name: string) => `https://slack.com/${name}`;

const room = conforms({
  provider: 'slack',
  profile: 'slack',
  authorize: {
    address: 'https://slack.com/openid/connect/authorize',
    parameters: [
      ...authorizeParameters('1050105010501.1050105010502', { scope: 'openid profile email' }),
      ['nonce', /^[\w-]{43}$/],
    ],
  },
  exchange: exchangeAt(path),
  account: lin('slack', { subject: member, alternates: { 'slack:member': member }, emailVerified: true }),
  words: [
    { step: 'exchange', status: 200, body: no('invalid_code'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: no('code_already_used'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: no('bad_redirect_uri'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 200, body: no('invalid_client_id'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 200, body: no('bad_client_secret'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 200, body: { ok: false }, becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 200, body: no('internal_error'), becomes: { kind: 'unavailable' } },
    { step: 'refresh', status: 200, body: no('invalid_refresh_token'), becomes: rejected },
    { step: 'refresh', status: 200, body: no('token_revoked'), becomes: removed },
    { step: 'refresh', status: 200, body: no('account_inactive'), becomes: removed },
    { step: 'refresh', status: 200, body: no('something_new'), becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 429,
      headers: { 'retry-after': '30' },
      body: '',
      becomes: { kind: 'rate-limited', retryAfter: 30 },
    },
    { step: 'profile', status: 200, body: no('token_revoked'), becomes: removed },
    {
      step: 'profile',
      status: 200,
      body: no('token_expired'),
      becomes: { kind: 'grant-dead', reason: 'expired' },
    },
    {
      step: 'profile',
      status: 200,
      body: no('ratelimited'),
      becomes: { kind: 'rate-limited', retryAfter: undefined },
    },
  ],
  rogue: {
    subjectElsewhere: true,
    tokens: { ok: true, access_token: 'rogue-access-token', token_type: 'Bearer' },
    path: '/userinfo',
    profile: {
      ok: true,
      sub: 'U0R7JM',
      [claim('user_id')]: 'U0R7JM',
      [claim('team_id')]: 'T0R7GR',
      name: 'krane',
      picture: 'https://secure.example/1.jpg',
    },
    subject: claim('user_id'),
    is: (id) => `T0R7GR:${id}`,
    shown: ['name', 'picture', 'email'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt(path), keepsRefreshToken: true, after: hours(13) },
  revocation: { method: 'POST', path: '/slack/api/auth.revoke', params: [] },
});

describe('Slack', () => {
  const run = { code: 'c', verifier: undefined, nonce: 'n', iss: undefined };

  it('without token rotation gives a token that neither expires nor can be refreshed', async () => {
    const { rogue, misled, registration } = room();
    const iat = Math.floor(Date.now() / 1000);
    const id_token = await rogue.sign({
      ...{ iss: rogue.url, aud: registration.clientId, sub: 'U1', nonce: 'n', iat, exp: iat + 60 },
      ...{ [claim('user_id')]: 'U1', [claim('team_id')]: 'T1' },
    });
    rogue.says({
      '/token': { ok: true, access_token: 'xoxp-1', id_token },
      '/userinfo': { ok: true, sub: 'U1' },
    });
    const { tokens, account } = await misled.signIn(run);
    expect(account.subject).toBe('T1:U1');
    expect([tokens?.expiresIn, tokens?.refreshToken]).toEqual([undefined, undefined]);
  });

  it('sends people to the workspace that the connection names', () => {
    const { real } = room().withOptions({ team: 'T0105LAB' });
    const ask = { forceLogin: false, forceConsent: false, locale: 'en' } as const;
    expect(real.authorizeParameters(ask)).toMatchObject({ team: 'T0105LAB' });
  });

  it('identifies people by workspace and user together, and never by one of them', async () => {
    const { rogue, misled, registration } = room();
    const iat = Math.floor(Date.now() / 1000);
    const standing = {
      iss: rogue.url,
      aud: registration.clientId,
      sub: 'U1',
      nonce: 'n',
      iat,
      exp: iat + 60,
    };
    for (const claims of [{ [claim('user_id')]: 'U1' }, { [claim('team_id')]: 'T1' }, { team: 'T1' }]) {
      const id_token = await rogue.sign({ ...standing, ...claims });
      rogue.says({ '/token': { access_token: 'x', id_token }, '/userinfo': { ok: true, sub: 'U1' } });
      await expect(misled.signIn(run)).rejects.toMatchObject({ code: 'no_subject' });
    }
  });
});
