import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { signHmac } from '../../src/lab/core/keys.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, refreshAt } from './usual.ts';

const path = '/line/oauth2/v2.1/token';
const said = (error: string) => ({ error, error_description: 'some words' });
const dead = { kind: 'grant-dead', reason: 'rejected' } as const;

const room = conforms({
  provider: 'line',
  profile: 'line',
  authorize: {
    address: 'https://access.line.me/oauth2/v2.1/authorize',
    parameters: [
      ...authorizeParameters('1050105010', { scope: 'openid profile email' }),
      ['nonce', /^[\w-]{43}$/],
      ...challenge,
    ],
    asking: [
      { ask: { forceLogin: true }, adds: { prompt: 'login' } },
      { ask: { forceConsent: true, forceLogin: true }, adds: { prompt: 'consent' } },
    ],
  },
  exchange: exchangeAt(path, { pkce: true }),
  granted: ['openid', 'profile', 'email'],
  narrowed: ['openid', 'profile'],
  account: {
    subject: expect.stringMatching(/^U[0-9a-f]{32}$/),
    alternates: { 'line:userId': expect.stringMatching(/^U[0-9a-f]{32}$/) },
    name: '林小雨',
    picture: expect.stringContaining('/line/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 400, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: said('invalid_grant'), becomes: dead },
    { step: 'refresh', status: 400, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    {
      step: 'refresh',
      status: 429,
      headers: { 'retry-after': '9' },
      body: said('slow'),
      becomes: { kind: 'rate-limited', retryAfter: 9 },
    },
    { step: 'profile', status: 401, body: { message: 'invalid token' }, becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', token_type: 'Bearer', expires_in: 2_592_000 },
    path: '/userinfo',
    profile: { sub: 'U0fakefakefakefake', name: '例 太郎', picture: 'https://profile.example/1' },
    subject: 'sub',
    shown: ['name', 'picture', 'email'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt(path), keepsRefreshToken: true },
  revocation: {
    method: 'POST',
    path: '/line/oauth2/v2.1/revoke',
    params: ['access_token', 'client_id', 'client_secret'],
  },
});

describe('LINE', () => {
  const run = { code: 'c', iss: undefined, verifier: 'v'.repeat(43), nonce: 'n' };
  const claims = (aud: string) => {
    const iat = Math.floor(Date.now() / 1000);
    return { iss: room().rogue.url, aud, sub: 'U1', nonce: 'n', iat, exp: iat + 600 };
  };
  const answering = async (id_token: string) => {
    room().rogue.says({ '/token': { access_token: 'x', id_token }, '/userinfo': { sub: 'U1' } });
  };

  it('vouches for no address, and states it in the ID token only', async () => {
    expect((await room().arrive('ada')).account).toMatchObject({
      email: 'ada@workspace.example',
      emailVerified: false,
    });
  });

  it('has no verified address, whatever flag it sends', async () => {
    const { misled, registration } = room();
    const said = { ...claims(registration.clientId), email: 'a@b.example', email_verified: true };
    await answering(await signHmac(said, registration.clientSecret?.reveal() ?? ''));
    const { account } = await misled.signIn(run);
    expect(account).toMatchObject({ email: 'a@b.example', emailVerified: false });
    expect(account.alternates).toEqual({ 'line:userId': account.subject });
  });

  it('identifies the person with the code only, and a refreshed token works at its API', async () => {
    const { tokens, account } = await room().arrive('lin');
    const { refreshToken, accessToken } = await room().upstream.refresh(tokens);
    expect(refreshToken).toBeDefined();
    const answer = await fetch(`${room().lab.url}/line/v2/profile`, {
      headers: { authorization: `Bearer ${accessToken.reveal()}` },
    });
    expect(await answer.json()).toMatchObject({ userId: account.subject, displayName: '林小雨' });
  });

  it('signs with the channel secret, and with no other', async () => {
    const { misled, registration } = room();
    const said = claims(registration.clientId);
    await answering(await signHmac(said, registration.clientSecret?.reveal() ?? ''));
    expect((await misled.signIn(run)).account.subject).toBe('U1');
    await answering(await signHmac(said, 'another-secret'));
    await expect(misled.signIn(run)).rejects.toMatchObject({
      step: 'exchange',
      failure: { kind: 'unknown' },
    });
  });

  it('is rejected if a key signs in place of the secret', async () => {
    const { misled, registration, rogue } = room();
    await answering(await rogue.sign(claims(registration.clientId)));
    await expect(misled.signIn(run)).rejects.toMatchObject({
      step: 'exchange',
      failure: { kind: 'unknown' },
    });
  });

  it('signs with its published key if ES256 is chosen, and HS256 is refused then', async () => {
    const { upstream, misled } = room().withOptions({ id_token: 'ES256' });
    const { account } = await room().arrive('lin', upstream);
    expect(account.name).toBe('林小雨');
    const asked = (await room().log()).find(({ kind }) => kind === 'token');
    expect(asked?.params).toContain('id_token_key_type');
    const { clientId, clientSecret } = room().registration;
    await answering(await signHmac(claims(clientId), clientSecret?.reveal() ?? ''));
    await expect(misled.signIn(run)).rejects.toMatchObject({
      step: 'exchange',
      failure: { kind: 'unknown' },
    });
  });

  it('is asked whether a token is valid before a revocation, since it answers 200 to any', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(days(31));
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
    expect(await room().grants('lin')).toBe(0);
  });
});
