import { z } from 'zod';
import type { ExportedAccount, ReadUser } from '../exported-user.ts';
import { camelCased, flag, id, moment, object, text } from './fields.ts';

const details = z.object({ name: text, avatar: text, email: text, rawData: object }).partial();

const identity = z.object({
  userId: id,
  details: details.nullish().catch(undefined),
  tokenSecret: z.unknown().optional(),
});

const sso = z.preprocess(
  camelCased,
  z.object({
    ssoConnectorId: z.string(),
    identityId: id,
    detail: object,
    tokenSecret: z.unknown().optional(),
  }),
);

const user = z.preprocess(
  camelCased,
  z.object({
    id,
    username: text,
    name: text,
    avatar: text,
    isSuspended: flag,
    hasPassword: flag,
    passwordEncrypted: text,
    createdAt: moment,
    lastSignInAt: moment,
    mfaVerifications: z.array(z.unknown()).catch([]),
    identities: z.record(z.string(), identity),
    ssoIdentities: z.array(sso).catch([]),
  }),
);

/**
 * Reads a user of `GET /api/users`, or a row of `users`. Logto stores tokens encrypted in separate tables. `left` says what
 * cannot be imported.
 */
export const readLogtoUser: ReadUser = (record) => {
  const exported = user.parse(record);
  return {
    ref: exported.id,
    name: exported.name ?? exported.username,
    picture: exported.avatar,
    disabled: exported.isSuspended,
    createdAt: exported.createdAt,
    lastLoginAt: exported.lastSignInAt,
    left: [
      ...(exported.hasPassword || exported.passwordEncrypted ? (['password'] as const) : []),
      ...(exported.mfaVerifications.length > 0 ? (['second_factor'] as const) : []),
    ],
    accounts: [
      ...Object.entries(exported.identities).map(([target, { userId, details, tokenSecret }]) => ({
        connection: target,
        subject: userId,
        ...profileFields(details),
        profile: details?.rawData ?? {},
        tokens: encrypted(tokenSecret),
      })),
      ...exported.ssoIdentities.map(({ ssoConnectorId, identityId, detail, tokenSecret }) => ({
        connection: ssoConnectorId,
        subject: identityId,
        ...profileFields(details.safeParse(detail).data),
        profile: detail,
        tokens: encrypted(tokenSecret),
      })),
    ],
  };
};

function profileFields(known: z.infer<typeof details> | null | undefined) {
  return { name: known?.name, picture: known?.avatar, email: known?.email };
}

function encrypted(tokenSecret: unknown): ExportedAccount['tokens'] {
  return tokenSecret === undefined || tokenSecret === null ? undefined : 'encrypted';
}
