import { kek, vaultOfGitHub } from '../encrypted.ts';
import type { Samples } from './samples.ts';

export const secret = kek;

export const records: Samples = (n) => [
  {
    id: `u${n}`,
    username: null,
    primaryEmail: `lin${n}@example.com`,
    name: '林小雨',
    avatar: 'https://pictures.example/lin.png',
    customData: {},
    identities: {
      github: { userId: `${n}`, details: { id: `${n}`, name: 'lin', email: 'l@example.com', rawData: {} } },
      wechat: {
        userId: `uLab-${n}`,
        details: { name: '林小雨', rawData: { openid: `oLab-${n}`, unionid: `uLab-${n}` } },
        tokenSecret: { id: 's', type: 'federated_token_set' },
      },
    },
    secrets: [
      {
        ...vaultOfGitHub,
        ...{ target: 'github', connector_id: 'c', identity_id: `${n}`, type: 'federated_token_set' },
        metadata: { scope: 'repo,user', tokenType: 'bearer', hasRefreshToken: false },
        updated_at: '2026-01-02T03:04:05.678+00:00',
      },
    ],
    ssoIdentities: [{ ssoConnectorId: 'google', identityId: `${n}`, detail: { name: 'G' } }],
    lastSignInAt: 1_750_000_000_000,
    createdAt: 1_740_000_000_000,
    isSuspended: false,
    hasPassword: true,
    mfaVerifications: [{ type: 'Totp' }],
  },
  {
    id: `s${n}`,
    name: 'Lin',
    created_at: '2025-02-03T04:05:06',
    is_suspended: true,
    identities: {
      facebook: { userId: `f${n}` },
      'wechat-account': { userId: `o${n}`, details: { rawData: { openid: `o${n}`, unionid: `sLab-${n}` } } },
    },
    sso_identities: [{ sso_connector_id: 'github', identity_id: `s${n}`, detail: null }],
  },
  {
    id: `s${n}`,
    identities: {
      wechat: { userId: `sLab-${n}`, details: { rawData: { openid: `p${n}`, unionid: `sLab-${n}` } } },
    },
  },
];
