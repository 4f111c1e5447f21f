import { z } from 'zod';
import type { ReadUser } from '../exported-user.ts';
import type { Reason } from '../reasons.ts';
import { flag, id, moment, text } from './fields.ts';

/** An account of `providerUserInfo`, which `auth:export` writes. */
const exported = z.object({
  providerId: z.string(),
  rawId: id,
  email: text,
  displayName: text,
  photoUrl: text,
});

/** The Admin SDK renames the members of an account, and writes times as RFC 9110 section 5.6.7 does. */
const ofSdk = z
  .object({ providerId: z.string(), uid: id, email: text, displayName: text, photoURL: text })
  .transform(({ uid, photoURL, ...same }) => ({ ...same, rawId: uid, photoUrl: photoURL }));

const httpDate = z.preprocess(
  (value) => (typeof value === 'string' && value.endsWith(' GMT') ? Date.parse(value) : value),
  moment,
);

const shared = { email: text, displayName: text, disabled: flag, passwordHash: text, phoneNumber: text };

const userOfExport = z.object({
  ...shared,
  localId: id,
  photoUrl: text,
  createdAt: moment,
  lastSignedInAt: moment,
  providerUserInfo: z.array(exported).default([]),
  mfaInfo: z.array(z.unknown()).catch([]),
});

const userOfSdk = z
  .object({
    ...shared,
    uid: id,
    tenantId: text,
    photoURL: text,
    metadata: z.object({ creationTime: httpDate, lastSignInTime: httpDate }).partial().catch({}),
    providerData: z.array(ofSdk),
    multiFactor: z
      .object({ enrolledFactors: z.array(z.unknown()) })
      .optional()
      .catch(undefined),
  })
  .transform(({ uid, tenantId, photoURL, metadata, providerData, multiFactor, ...same }) => ({
    ...same,
    // Two tenants of one project may have the same id.
    localId: tenantId === undefined ? uid : `${tenantId}/${uid}`,
    photoUrl: photoURL,
    createdAt: metadata.creationTime,
    lastSignedInAt: metadata.lastSignInTime,
    providerUserInfo: providerData,
    mfaInfo: multiFactor?.enrolledFactors ?? [],
  }));

/**
 * Reads a user of `firebase auth:export --format=json`, or a `UserRecord` of the Admin SDK. Firebase keeps no tokens of
 * providers. `left` says what cannot be imported.
 */
export const readFirebaseUser: ReadUser = (record) => {
  const bySdk = record !== null && typeof record === 'object' && 'providerData' in record;
  const user = (bySdk ? userOfSdk : userOfExport).parse(record);
  const providers = new Set(user.providerUserInfo.map(({ providerId }) => providerId));
  const left: Reason[] = [
    ...(user.passwordHash !== undefined || providers.has('password') ? (['password'] as const) : []),
    ...(user.phoneNumber !== undefined || providers.has('phone') ? (['passwordless'] as const) : []),
    ...(user.mfaInfo.length > 0 ? (['second_factor'] as const) : []),
  ];
  return {
    ref: user.localId,
    name: user.displayName,
    picture: user.photoUrl,
    disabled: user.disabled,
    createdAt: user.createdAt,
    lastLoginAt: user.lastSignedInAt,
    left,
    accounts: user.providerUserInfo
      .filter(({ providerId }) => !withoutProvider.has(providerId))
      .map(({ providerId, rawId, displayName, photoUrl, email }) => ({
        connection: providerId,
        subject: rawId,
        name: displayName,
        picture: photoUrl,
        email,
        profile: {},
        tokens: undefined,
      })),
  };
};

/** Firebase's own ways to sign in, which have no provider. */
const withoutProvider: ReadonlySet<string> = new Set([
  'password',
  'phone',
  'anonymous',
  'custom',
  'firebase',
]);
