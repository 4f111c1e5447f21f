import type { Samples } from './samples.ts';

export const records: Samples = (n) => [
  {
    version: 1,
    kind: 'user',
    ref: `u${n}`,
    name: 'Ada Lovelace',
    picture: 'https://pictures.example/ada.png',
    email: `ada${n}@example.com`,
    disabled: false,
    created_at: '2024-03-01T10:00:00Z',
    last_login_at: '2026-11-01T10:00:00Z',
    accounts: [
      {
        connection: 'google',
        subject: `${n}`,
        name: 'Ada',
        tokens: {
          access_token: `ya29.${n}`,
          refresh_token: `1//${n}`,
          scopes: ['openid', 'email'],
          access_ends_at: '2026-11-30T10:00:00Z',
          refresh_ends_at: '2027-11-30T10:00:00Z',
          lifetime: 3599,
          issued_at: '2026-11-30T09:00:00Z',
        },
      },
      { connection: 'wechat', ids: { openid: `oLab-${n}`, unionid: `uLab-${n}` } },
    ],
  },
  {
    version: 1,
    kind: 'accounts',
    ref: `u${n}`,
    accounts: [
      { connection: 'google', subject: `${n}` },
      { connection: 'github', subject: `${n}` },
    ],
  },
];
