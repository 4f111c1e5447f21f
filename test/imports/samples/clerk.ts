import type { Samples } from './samples.ts';

const verification = { object: 'verification_oauth', status: 'verified', strategy: 'oauth_google' };

export const records: Samples = (n) => [
  {
    id: `user_${n}`,
    object: 'user',
    username: null,
    first_name: 'Ada',
    last_name: 'Lovelace',
    image_url: 'https://pictures.example/ada',
    has_image: true,
    password_enabled: true,
    two_factor_enabled: false,
    banned: false,
    created_at: 1_709_290_800_000,
    last_sign_in_at: 1_750_000_000_000,
    external_accounts: [
      {
        object: 'external_account',
        id: `eac_${n}`,
        provider: 'oauth_github',
        provider_user_id: `${n}`,
        email_address: 'ada@work.example',
        first_name: 'Ada',
        image_url: 'https://pictures.example/a',
        verification,
      },
      {
        object: 'google_account',
        id: `idn_${n}`,
        external_account_id: `eac_g${n}`,
        google_id: `${n}`,
        given_name: 'Ada',
        picture: 'https://pictures.example/g',
        verification,
      },
    ],
    enterprise_accounts: [
      { protocol: 'oauth', provider: 'facebook', provider_user_id: `f${n}`, active: true, verification },
    ],
    oauth_access_tokens: [
      {
        external_account_id: `eac_${n}`,
        provider: 'oauth_github',
        provider_user_id: `${n}`,
        token: `gho_${n}`,
        scopes: ['read:user', 'user:email'],
        expires_at: null,
      },
    ],
  },
];
