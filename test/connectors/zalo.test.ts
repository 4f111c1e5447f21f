import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';

const path = '/zalo/v4/access_token';
const said = (error: number, error_name: string) => ({
  error_name,
  error_reason: 'some words',
  error,
  error_description: 'some words',
});
const dead = { kind: 'grant-dead', reason: 'rejected' } as const;

const room = conforms({
  provider: 'zalo',
  profile: 'zalo',
  authorize: {
    address: 'https://oauth.zaloapp.com/v4/permission',
    parameters: [
      ['app_id', /^\d{19}$/],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['code_challenge', /^[\w-]{43}$/],
      ['state', 'a1b2c3'],
    ],
  },
  exchange: { method: 'POST', path, params: ['app_id', 'code', 'code_verifier', 'grant_type'] },
  account: {
    subject: expect.stringMatching(/^1\d{18}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/zalo/lab/avatars/lin'),
    email: undefined,
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 200, body: said(-14_002, 'Invalid code'), becomes: { kind: 'code-spent' } },
    {
      step: 'exchange',
      status: 200,
      body: said(-1, 'Invalid app secret'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'exchange',
      status: 200,
      body: said(-2, 'Invalid redirect uri'),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'exchange', status: 200, body: said(-3, 'Something else'), becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 200, body: { error: -4 }, becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 200, body: said(-14_014, 'Invalid refresh token'), becomes: dead },
    { step: 'refresh', status: 200, body: said(-3, 'Something else'), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 200, body: said(-1, 'Invalid app id'), becomes: { kind: 'misconfigured' } },
    {
      step: 'profile',
      status: 200,
      body: { error: -216, message: 'Access token is invalid' },
      becomes: { kind: 'unknown' },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', refresh_token: 'r', expires_in: '90000' },
    path: '/userinfo',
    profile: { id: '1000000000000000001', name: 'Ví Dụ', picture: { data: { url: 'https://p.example/1' } } },
    subject: 'id',
    shown: ['name', 'picture'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path, params: ['app_id', 'grant_type', 'refresh_token'] },
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

describe('Zalo', () => {
  it('takes the client secret in a header only', async () => {
    const { rogue, misled, registration } = room();
    let seen: { secret: unknown; body: string } | undefined;
    rogue.says({
      '/token': (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          seen = { secret: request.headers.secret_key, body: Buffer.concat(chunks).toString() };
          response.end('{"access_token":"x","refresh_token":"y","expires_in":"90000"}');
        });
      },
      '/userinfo': { id: '1', error: 0, message: 'Success' },
    });
    const run = { code: 'c', verifier: 'v'.repeat(43), nonce: undefined, iss: undefined };
    expect((await misled.signIn(run)).tokens).toMatchObject({ expiresIn: 90_000 });
    const secret = registration.clientSecret?.reveal();
    expect(seen?.secret).toBe(secret);
    expect(seen?.body).not.toContain(secret);
  });

  it('gives a refresh token that works once, and states its lifetime', async () => {
    const { tokens } = await room().arrive('lin');
    expect([tokens.expiresIn, tokens.refreshExpiresIn]).toEqual([90_000, 7_776_000]);
    await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: dead });
  });
});
