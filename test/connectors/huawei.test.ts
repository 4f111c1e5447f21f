import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, refreshAt } from './usual.ts';

const path = '/huawei/oauth2/v3/token';
const said = (sub_error: number) => ({ sub_error, error_description: 'some words', error: 1101 });
const dead = { kind: 'grant-dead', reason: 'rejected' } as const;
const spent = { kind: 'code-spent' } as const;
const wrong = { kind: 'misconfigured' } as const;

const room = conforms({
  provider: 'huawei',
  profile: 'huawei',
  authorize: {
    address: 'https://oauth-login.cloud.huawei.com/oauth2/v3/authorize',
    parameters: [
      ...authorizeParameters('105010501', { scope: 'openid profile email', access_type: 'offline' }),
      ['nonce', /^[\w-]{43}$/],
      ...challenge,
    ],
  },
  exchange: exchangeAt(path, { pkce: true }),
  granted: ['openid', 'profile', 'email'],
  account: {
    subject: expect.stringMatching(/^MDF[\w-]{40}$/),
    alternates: {
      'huawei:union_id': expect.stringMatching(/^MDF/),
      'huawei:openid': expect.stringMatching(/^MDE/),
    },
    name: '林小雨',
    picture: expect.stringContaining('/huawei/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 400, body: said(20_152), becomes: spent },
    { step: 'exchange', status: 400, body: said(20_155), becomes: spent },
    { step: 'exchange', status: 400, body: said(20_156), becomes: spent },
    { step: 'exchange', status: 400, body: said(20_158), becomes: spent },
    { step: 'exchange', status: 400, body: said(20_154), becomes: wrong },
    { step: 'exchange', status: 400, body: said(20_024), becomes: wrong },
    { step: 'exchange', status: 400, body: said(12_304), becomes: wrong },
    { step: 'exchange', status: 400, body: said(20_085), becomes: wrong },
    { step: 'exchange', status: 400, body: said(99_999), becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 400, body: { error: 1101 }, becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: said(20_192), becomes: dead },
    { step: 'refresh', status: 400, body: said(20_171), becomes: wrong },
    { step: 'refresh', status: 400, body: said(20_182), becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 503,
      body: { error: 1302 },
      becomes: { kind: 'unavailable', retryAfter: undefined },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', token_type: 'Bearer', expires_in: 3600 },
    from: 'id-token',
    path: '/token',
    profile: { sub: 'MDFfakeU', openid: 'MDFfake', name: '例', picture: 'https://upfile.example/1.jpg' },
    subject: 'sub',
    shown: ['name', 'display_name', 'picture', 'email'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt(path), keepsRefreshToken: true },
  revocation: {
    method: 'POST',
    path: '/huawei/oauth2/v3/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('HUAWEI ID', () => {
  it('gives a refresh token only with offline access', async () => {
    expect((await room().arrive('lin')).tokens.refreshToken).toBeDefined();
  });

  it('takes the token in the body of its older API, and refuses one with status 200', async () => {
    const { lab, upstream, clock } = room();
    const { tokens, account } = await room().arrive('lin');
    const ask = async (service: string) => {
      const body = new URLSearchParams({ access_token: tokens.accessToken.reveal(), getNickName: '1' });
      const answer = await fetch(`${lab.url}/huawei/rest.php?nsp_svc=${service}`, { method: 'POST', body });
      const about = [answer.status, answer.headers.get('nsp_status'), answer.headers.get('content-type')];
      return { about, said: JSON.parse(await answer.text()) as Record<string, unknown> };
    };
    const fine = [200, null, 'text/plain'];
    const openid = account.alternates['huawei:openid'];
    expect(await ask('GOpen.User.getInfo')).toMatchObject({
      about: fine,
      said: { unionID: account.subject, openID: openid, displayName: '林小雨' },
    });
    expect(await ask('huawei.oauth2.user.getTokenInfo')).toMatchObject({
      about: fine,
      said: { union_id: account.subject, open_id: openid, client_id: '105010501', expire_in: 3600 },
    });
    clock.advance(hours(1));
    expect((await ask('GOpen.User.getInfo')).about).toEqual([200, '6', 'text/plain']);
    await upstream.revoke({ ...tokens, subject: account.subject });
    expect((await ask('GOpen.User.getInfo')).about).toEqual([200, '31204', 'text/plain']);
  });

  it('names an issuer on another host than its metadata', () => {
    const { issuer, endpoints } = room().real.registration;
    expect([new URL(issuer).host, new URL(endpoints.jwks ?? '').host]).toEqual([
      'accounts.huawei.com',
      'oauth-login.cloud.huawei.com',
    ]);
  });
});
