import type { Samples } from './samples.ts';

const token = (n: number) => ({
  access_token: `ya29.${n}`,
  refresh_token: `1//${n}`,
  expires_in: 3599,
  refresh_expires_in: 86_400,
  scope: 'openid email',
  token_type: 'Bearer',
  accessTokenExpiration: 1_796_000_000,
});

export const records: Samples = (n) => [
  {
    id: `u${n}`,
    username: `u-${n}`,
    firstName: 'Ada',
    lastName: 'Lovelace',
    email: `ada${n}@example.com`,
    emailVerified: true,
    enabled: true,
    totp: false,
    createdTimestamp: 1_709_290_800_000,
    credentials: [{ type: 'password' }, { type: 'otp' }],
    federatedIdentities: [
      { identityProvider: 'google', userId: `${n}`, userName: 'ada' },
      { identityProvider: 'github', userId: `${n}`, userName: 'ada' },
    ],
  },
  {
    identity_provider: 'google',
    realm_id: 'shop',
    federated_user_id: `${n}`,
    federated_username: 'ada',
    token: JSON.stringify(token(n)),
    user_id: `u${n}`,
  },
  {
    identity_provider: 'wechat',
    federated_user_id: `uLab-${n}`,
    token: JSON.stringify({ ...token(n), openid: `oLab-${n}`, unionid: `uLab-${n}` }),
    user_id: `u${n}`,
  },
];
