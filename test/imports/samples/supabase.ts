import type { Samples } from './samples.ts';

export const records: Samples = (n) => [
  {
    id: `u${n}`,
    raw_user_meta_data: { full_name: 'Ada Lovelace', avatar_url: 'https://pictures.example/ada.png' },
    banned_until: null,
    deleted_at: null,
    created_at: '2024-03-01T10:00:00+00:00',
    last_sign_in_at: '2026-11-01T10:00:00.123456+00:00',
    has_password: true,
    second_factor: false,
    identities: [
      {
        provider: 'google',
        provider_id: `${n}`,
        identity_data: { sub: `${n}`, name: 'Ada', email: 'a@e.x' },
      },
      { provider: 'github', provider_id: `${n}`, identity_data: { sub: `${n}`, user_name: 'ada' } },
      { provider: 'email', provider_id: `u${n}`, identity_data: {} },
    ],
  },
  {
    id: `s${n}`,
    user_metadata: { name: 'Grace', picture: 'https://pictures.example/grace.png' },
    banned_until: '2030-01-01T00:00:00Z',
    identities: [
      { provider: 'facebook', id: `f${n}`, identity_data: { custom_claims: { tid: 't' }, email: 'g@e.x' } },
    ],
  },
];
