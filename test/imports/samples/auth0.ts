import type { Samples } from './samples.ts';

export const records: Samples = (n) => [
  {
    user_id: `google-oauth2|${n}`,
    name: 'Ada Lovelace',
    email: `ada${n}@example.com`,
    email_verified: true,
    picture: 'https://pictures.example/ada.png',
    created_at: '2024-03-01T10:00:00.000Z',
    last_login: '2026-11-01T10:00:00.000Z',
    logins_count: 7,
    blocked: false,
    identities: [
      {
        provider: 'google-oauth2',
        connection: 'google',
        user_id: `${n}`,
        isSocial: true,
        access_token: `ya29.${n}`,
        refresh_token: `1//${n}`,
        expires_in: 3599,
      },
      {
        provider: 'github',
        connection: 'github',
        user_id: n,
        isSocial: true,
        access_token: `gho_${n}`,
        profileData: { name: 'ada-l', picture: 'https://pictures.example/gh.png', email: 'a@example.com' },
      },
    ],
  },
  {
    user_id: `wechat|${n}`,
    nickname: '林小雨',
    blocked: true,
    multifactor: ['guardian'],
    identities: [
      {
        provider: 'oauth2',
        connection: 'wechat',
        user_id: `wechat|oLab-${n}`,
        profileData: { openid: `oLab-${n}`, unionid: `uLab-${n}`, name: '林小雨' },
        access_token: `wx-${n}`,
        refresh_token: `wxr-${n}`,
        expires_in: 7200,
      },
      { provider: 'auth0', connection: 'Username-Password-Authentication', user_id: `${n}` },
    ],
  },
];
