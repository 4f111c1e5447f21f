import { expect } from 'vitest';
import type { Conformance } from './conformance.ts';

const said = (code: number, error: string) => ({ code, error, error_description: 'some words' });
const dead = (reason: 'rejected' | 'expired' | 'revoked_by_user' | 'reuse_detected') =>
  ({ kind: 'grant-dead', reason }) as const;
const misconfigured = { kind: 'misconfigured' } as const;
const spent = { kind: 'code-spent' } as const;

/** Feishu and Lark have the same API on different hosts. */
export function suiteFacts(provider: 'feishu' | 'lark', domain: string): Conformance {
  const asked = (...params: string[]) => ({
    method: 'POST',
    path: `/${provider}/open-apis/authen/v2/oauth/token`,
    params: ['client_id', 'client_secret', 'grant_type', ...params],
  });
  return {
    provider,
    profile: provider,
    authorize: {
      address: `https://accounts.${domain}/open-apis/authen/v1/authorize`,
      parameters: [
        ['client_id', /^cli_/],
        ['response_type', 'code'],
        ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
        ['scope', 'offline_access'],
        ['state', 'a1b2c3'],
        ['code_challenge', /^[\w-]{43}$/],
        ['code_challenge_method', 'S256'],
      ],
      asking: [{ ask: { forceConsent: true }, adds: { prompt: 'consent' } }],
    },
    exchange: asked('code', 'redirect_uri', 'code_verifier'),
    granted: ['offline_access'],
    account: {
      subject: expect.stringMatching(/^ou_[\da-f]{32}$/),
      alternates: {
        [`${provider}:union_id`]: expect.stringMatching(/^on_[\da-f]{32}$/),
        [`${provider}:user_id`]: expect.stringMatching(/^[\da-f]{16}:[\da-f]{8}$/),
      },
      name: '林小雨',
      picture: expect.stringContaining(`/${provider}/lab/avatars/lin`),
      email: 'lin@example.com',
      emailVerified: false,
    },
    words: [
      { step: 'exchange', status: 400, body: said(20003, 'invalid_grant'), becomes: spent },
      { step: 'exchange', status: 200, body: said(20003, 'invalid_grant'), becomes: spent },
      { step: 'exchange', status: 400, body: said(20002, 'invalid_client'), becomes: misconfigured },
      { step: 'exchange', status: 400, body: said(20010, 'access_denied'), becomes: misconfigured },
      { step: 'exchange', status: 400, body: said(20027, 'invalid_scope'), becomes: misconfigured },
      { step: 'exchange', status: 400, body: said(20029, 'invalid_request'), becomes: misconfigured },
      { step: 'exchange', status: 400, body: said(20024, 'invalid_grant'), becomes: spent },
      { step: 'exchange', status: 400, body: said(1, 'invalid_request'), becomes: { kind: 'unknown' } },
      { step: 'exchange', status: 500, body: said(20050, 'server_error'), becomes: { kind: 'unavailable' } },
      { step: 'refresh', status: 400, body: said(20026, 'invalid_grant'), becomes: dead('rejected') },
      { step: 'refresh', status: 400, body: said(20037, 'invalid_grant'), becomes: dead('expired') },
      { step: 'refresh', status: 400, body: said(20064, 'invalid_grant'), becomes: dead('revoked_by_user') },
      { step: 'refresh', status: 400, body: said(20073, 'invalid_grant'), becomes: dead('reuse_detected') },
      { step: 'refresh', status: 400, body: said(20050, 'server_error'), becomes: { kind: 'unavailable' } },
      { step: 'profile', status: 401, body: { code: 99991668, msg: 'x' }, becomes: dead('rejected') },
      { step: 'profile', status: 401, body: { code: 99991677, msg: 'x' }, becomes: dead('expired') },
      { step: 'profile', status: 400, body: { code: 99991672, msg: 'x' }, becomes: misconfigured },
      {
        step: 'profile',
        status: 200,
        body: { code: 99991400, msg: 'x' },
        becomes: { kind: 'rate-limited', retryAfter: undefined },
      },
      { step: 'profile', status: 200, body: { code: 5, msg: 'x' }, becomes: { kind: 'unknown' } },
    ],
    rogue: {
      tokens: { code: 0, access_token: 'rogue-access-token', expires_in: 7200, token_type: 'Bearer' },
      path: '/userinfo',
      profile: { name: '示例', avatar_url: 'https://s1-imfile.feishucdn.com/fake.jpg', open_id: 'ou_fake01' },
      wrap: (data) => ({ code: 0, msg: 'success', data }),
      subject: 'open_id',
      shown: ['name', 'avatar_url', 'email', 'enterprise_email'],
    },
    renewal: { how: 'refresh_token', asked: asked('refresh_token'), keepsRefreshToken: true },
    revocation: 'none',
  };
}
