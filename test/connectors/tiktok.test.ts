import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { lin, rejected, said } from './usual.ts';

const room = conforms({
  provider: 'tiktok',
  profile: 'tiktok',
  authorize: {
    address: 'https://www.tiktok.com/v2/auth/authorize/',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['scope', 'user.info.basic'],
      ['state', 'a1b2c3'],
      ['client_key', /^[a-z]{18}$/],
    ],
  },
  exchange: {
    method: 'POST',
    path: '/tiktok/v2/oauth/token/',
    params: ['client_key', 'client_secret', 'grant_type', 'code', 'redirect_uri'],
  },
  granted: ['user.info.basic'],
  account: lin('tiktok', {
    subject: expect.stringMatching(/^-000/),
    alternates: { 'tiktok:union_id': expect.stringMatching(/^[0-9a-f]{36}$/) },
    email: undefined,
  }),
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'refresh', status: 200, body: said('invalid_grant'), becomes: rejected },
    { step: 'refresh', status: 400, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    {
      step: 'profile',
      status: 200,
      body: { data: {}, error: { code: 'access_token_invalid', message: 'no', log_id: '1' } },
      becomes: { kind: 'unknown' },
    },
  ],
  rogue: {
    tokens: {
      access_token: 'rogue-access-token',
      expires_in: 86_400,
      open_id: '-0001',
      scope: 'user.info.basic',
    },
    path: '/userinfo',
    profile: { open_id: '-0001', display_name: 'Bob', avatar_url: 'https://t.example/1' },
    wrap: (user) => ({ data: { user }, error: { code: 'ok', message: '', log_id: '1' } }),
    subject: 'open_id',
    shown: ['display_name', 'avatar_url'],
  },
  renewal: {
    how: 'refresh_token',
    asked: {
      method: 'POST',
      path: '/tiktok/v2/oauth/token/',
      params: ['client_key', 'client_secret', 'grant_type', 'refresh_token'],
    },
    keepsRefreshToken: true,
    after: days(2),
  },
  revocation: {
    method: 'POST',
    path: '/tiktok/v2/oauth/revoke/',
    params: ['client_key', 'client_secret', 'token'],
  },
});

describe('TikTok', () => {
  it('has not revoked a grant if it refuses with status 200', async () => {
    const { rogue, misled } = room();
    const { tokens, account } = await room().arrive('lin');
    const grant = { ...tokens, subject: account.subject };
    for (const [error, kind] of [
      ['invalid_client', 'misconfigured'],
      ['invalid_request', 'unknown'],
    ] as const) {
      rogue.says({ '/revocation': said(error) });
      await expect(misled.revoke(grant)).rejects.toMatchObject({ step: 'revoke', failure: { kind } });
    }
    rogue.says({ '/revocation': said('invalid_grant'), '/token': said('invalid_grant') });
    expect(await misled.revoke(grant)).toBe('revoked');
  });

  it('gives codes with characters that must be sent unchanged', async () => {
    expect((await room().approved('lin')).code).toMatch(/\*0!\d{4}\.va$/);
  });

  it('states the id that the API requires', async () => {
    const { tokens, account } = await room().arrive('lin');
    expect(tokens.parameters).toEqual({ open_id: account.subject });
  });
});
