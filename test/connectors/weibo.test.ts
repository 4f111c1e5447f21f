import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';

const said = (error: string, error_code: number) => ({
  error,
  error_code,
  request: '/oauth2/access_token',
  error_uri: '/oauth2/access_token',
  error_description: 'some words',
});
const dead = (reason: 'rejected' | 'expired') => ({ kind: 'grant-dead', reason }) as const;
const uid = '1000000001';

const room = conforms({
  provider: 'weibo',
  profile: 'weibo',
  authorize: {
    address: 'https://api.weibo.com/oauth2/authorize',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['state', 'a1b2c3'],
      ['client_id', /^\d{10}$/],
      ['language', 'en'],
    ],
    asking: [{ ask: { forceLogin: true }, adds: { forcelogin: 'true' } }],
  },
  exchange: {
    method: 'POST',
    path: '/weibo/oauth2/access_token',
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri'],
  },
  granted: [],
  account: {
    subject: expect.stringMatching(/^1\d{9}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/weibo/lab/avatars/lin'),
    email: undefined,
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant', 21325), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: said('invalid_grant', 21314), becomes: { kind: 'code-spent' } },
    {
      step: 'exchange',
      status: 400,
      body: said('invalid_client', 21324),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'exchange',
      status: 400,
      body: said('redirect_uri_mismatch', 21322),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'exchange', status: 400, body: said('invalid_request', 21323), becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 400, body: said('access_denied', 21330), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: said('invalid_grant', 21325), becomes: dead('rejected') },
    { step: 'refresh', status: 400, body: said('expired_token', 21327), becomes: dead('expired') },
    { step: 'refresh', status: 400, body: said('invalid_client', 21324), becomes: { kind: 'misconfigured' } },
    { step: 'profile', status: 400, body: said('expired_token', 21327), becomes: dead('expired') },
    { step: 'profile', status: 400, body: said('invalid_access_token', 21316), becomes: dead('rejected') },
    { step: 'profile', status: 400, body: said('source', 10006), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', remind_in: '2626641', expires_in: 2_626_641, uid },
    path: '/userinfo',
    profile: { id: 1_000_000_001, idstr: uid, screen_name: '示例微博', avatar_large: 'https://p.example/1' },
    subject: 'idstr',
    shown: ['screen_name', 'name', 'avatar_large', 'profile_image_url'],
    more: { '/api/oauth2/get_token_info': { scope: 'email' } },
  },
  renewal: { how: 'none' },
  revocation: { method: 'POST', path: '/weibo/oauth2/revokeoauth2', params: ['access_token'] },
});

describe('Weibo', () => {
  const inDays = (count: number) => new Date(room().clock.now().getTime() + days(count));
  const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };

  it('shows English only to people who prefer it', () => {
    const ask = { forceLogin: false, forceConsent: false };
    expect(room().real.authorizeParameters({ ...ask, locale: 'zh' })).toEqual({});
  });

  it('has ids beyond JavaScript’s exact integers, which are kept exact', async () => {
    const { rogue, misled } = room();
    const big = '9007199254740993';
    rogue.says({
      '/token': { access_token: 'x', uid: big },
      '/userinfo': `{"id":${big},"idstr":"${big}","screen_name":"x"}`,
      '/api/oauth2/get_token_info': { scope: 'email,follow_app_official_microblog' },
    });
    const { account, tokens } = await misled.signIn(run);
    expect(account.subject).toBe(big);
    expect(tokens?.parameters).toEqual({ uid: big });
    expect(tokens?.scopes).toEqual(['email', 'follow_app_official_microblog']);
  });

  it.each([
    ['another uid than the token’s', { uid: '1' }, { idstr: '2' }],
    ['a uid that is none', { uid: 'x' }, { idstr: '2' }],
  ])('signs no one in with %s', async (_what, token, profile) => {
    const { rogue, misled } = room();
    rogue.says({ '/token': { access_token: 'x', ...token }, '/userinfo': profile });
    await expect(misled.signIn(run)).rejects.toMatchObject({ step: 'profile', code: 'bad_profile' });
  });

  it.each(['token', 'profile'])('is understood if its %s answer is a function call', async (on) => {
    await room().fault(on, 'jsonp');
    expect((await room().arrive('lin')).account.name).toBe('林小雨');
  });

  it('is asked for the owner of a token that came without its uid', async () => {
    const { tokens, account } = await room().arrive('lin');
    await room().upstream.probeToken(tokens);
    const asked = (await room().log()).at(-1);
    expect(asked?.params).toEqual(['access_token', 'uid']);
    expect(asked?.status).toBe(200);
    await room().upstream.revoke({ ...tokens, subject: account.subject });
    const gone = room().upstream.probeToken(tokens);
    await expect(gone).rejects.toMatchObject({ failure: dead('rejected') });
  });

  it('has revoked a grant only if it says so', async () => {
    const { tokens, account } = await room().arrive('lin');
    await room().fault('revoke', 'not_revoked');
    const held = { ...tokens, subject: account.subject };
    await expect(room().upstream.revoke(held)).rejects.toMatchObject({ code: 'not_revoked' });
    expect(await room().grants('lin')).toBe(1);
  });

  it('has not revoked a grant with an expired token, whichever error code it answers', async () => {
    const { tokens, account } = await room().arrive('lin');
    const held = { ...tokens, accessExpiresAt: inDays(30), subject: account.subject };
    room().clock.advance(days(31));
    await room().fault('revoke', 'token_refused');
    await expect(room().upstream.revoke(held)).rejects.toMatchObject({ failure: dead('expired') });
    expect(await room().grants('lin')).toBe(1);
  });

  it('no longer has the grant if it refuses a token before its expiry', async () => {
    const { tokens, account } = await room().arrive('lin');
    await room().fault('revoke', 'token_refused');
    const held = { ...tokens, accessExpiresAt: inDays(30), subject: account.subject };
    expect(await room().upstream.revoke(held)).toBe('revoked');
  });

  it('refreshes the tokens of an app with its mobile SDK, redirect URI included', async () => {
    const { rogue, misled } = room();
    let asked = '';
    rogue.says({
      '/token': (request, response) => {
        request.on('data', (chunk: Buffer) => {
          asked += chunk.toString();
        });
        request.on('end', () => response.end('{"access_token":"2.00next","expires_in":2626641,"uid":"1"}'));
      },
    });
    const { accessToken, refreshToken } = {
      ...(await room().arrive('lin')).tokens,
      refreshToken: room().registration.clientSecret,
    };
    const next = await misled.refresh({ accessToken, refreshToken });
    expect(next.accessToken.reveal()).toBe('2.00next');
    expect(Object.fromEntries(new URLSearchParams(asked))).toMatchObject({
      grant_type: 'refresh_token',
      redirect_uri: 'http://localhost:3000/connections/x/callback',
    });
  });
});
