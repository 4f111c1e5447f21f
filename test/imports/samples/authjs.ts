import type { Samples } from './samples.ts';

export const records: Samples = (n) => [
  {
    id: `u${n}`,
    name: 'Ada Lovelace',
    email: `ada${n}@example.com`,
    emailVerified: null,
    image: 'https://pictures.example/ada.png',
    accounts: [
      {
        id: `a${n}`,
        userId: `u${n}`,
        type: 'oidc',
        provider: 'google',
        providerAccountId: `${n}`,
        access_token: `ya29.${n}`,
        refresh_token: `1//${n}`,
        expires_at: 1_796_000_000,
        token_type: 'bearer',
        scope: 'openid email',
        session_state: null,
      },
      { type: 'email', provider: 'email', providerAccountId: `ada${n}@example.com` },
    ],
  },
  {
    _id: { $oid: `s${n}` },
    name: 'Grace',
    emailVerified: { $date: '2025-02-03T04:05:06Z' },
    accounts: [
      {
        type: 'oauth',
        provider: 'github',
        providerAccountId: { $numberLong: `${n}` },
        access_token: `gho_${n}`,
        refresh_token: `ghr_${n}`,
        refresh_token_expires_in: 15_811_200,
        expires_at: 1_796_000_000,
      },
    ],
  },
];
