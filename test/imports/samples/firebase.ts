import type { Samples } from './samples.ts';

export const records: Samples = (n) => [
  {
    localId: `u${n}`,
    email: `ada${n}@example.com`,
    displayName: 'Ada Lovelace',
    photoUrl: 'https://pictures.example/ada.png',
    createdAt: '1709290800000',
    lastSignedInAt: '1750000000000',
    disabled: false,
    passwordHash: 'hash',
    phoneNumber: '+15550100',
    mfaInfo: [{ mfaEnrollmentId: '1' }],
    providerUserInfo: [
      { providerId: 'google', rawId: `${n}`, displayName: 'Ada', photoUrl: 'https://a.example/a' },
      { providerId: 'github', rawId: `${n}`, email: 'a@example.com' },
      { providerId: 'password', rawId: `ada${n}@example.com` },
    ],
  },
  {
    uid: `s${n}`,
    displayName: 'Grace',
    disabled: true,
    tenantId: null,
    photoURL: 'https://pictures.example/grace.png',
    metadata: {
      creationTime: 'Fri, 01 Mar 2024 10:00:00 GMT',
      lastSignInTime: 'Sun, 01 Nov 2026 10:00:00 GMT',
    },
    multiFactor: { enrolledFactors: [{ uid: 'f' }] },
    providerData: [{ providerId: 'facebook', uid: `f${n}`, displayName: 'Grace', photoURL: null }],
  },
];
