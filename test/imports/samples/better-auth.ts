import { first, plainly, second, versioned } from '../encrypted.ts';
import type { Samples } from './samples.ts';

export const secret = `2:${second}\n${first}`;

export const records: Samples = (n) => [
  {
    id: `u${n}`,
    name: 'Ada',
    email: `ada${n}@example.com`,
    emailVerified: true,
    image: 'https://pictures.example/ada.png',
    banned: false,
    banExpires: null,
    createdAt: '2025-01-01T00:00:00.000',
    updatedAt: '2025-01-01T00:00:00.000',
    twoFactorEnabled: false,
    accounts: [
      {
        id: `a${n}`,
        userId: `u${n}`,
        providerId: 'google',
        accountId: `${n}`,
        accessToken: `ya29.${n}`,
        refreshToken: `1//${n}`,
        idToken: null,
        accessTokenExpiresAt: '2026-11-30T10:00:00.000Z',
        refreshTokenExpiresAt: '2027-11-30T10:00:00.000Z',
        scope: 'openid,email',
        password: null,
        createdAt: '2025-01-01 00:00:00',
        updatedAt: '2025-01-01 00:00:00',
      },
      {
        id: `b${n}`,
        providerId: 'wechat',
        accountId: `uLab-${n}`,
        accessToken: `wx-${n}`,
        scope: 'snsapi_login',
      },
    ],
  },
  {
    id: `s${n}`,
    name: 'Grace',
    banned: true,
    created_at: '2025-02-03T04:05:06',
    two_factor_enabled: true,
    accounts: [
      { provider_id: 'github', account_id: n, access_token: `gho_${n}`, scope: 'repo,user' },
      { provider_id: 'credential', account_id: `s${n}`, password: 'salt:hash' },
      { provider_id: 'facebook', account_id: `f${n}`, access_token: 'ab'.repeat(70) },
      {
        provider_id: 'google',
        account_id: `e${n}`,
        access_token: plainly.google,
        refresh_token: plainly.refresh,
      },
      { provider_id: 'github', account_id: `v${n}`, access_token: versioned.second },
    ],
  },
];
