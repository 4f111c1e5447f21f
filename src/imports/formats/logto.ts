import { z } from 'zod';
import type { ExportedAccount, Open, ReadUser } from '../exported-user.ts';
import { camelCased, flag, id, moment, object, text } from './fields.ts';
import { type VaultRow, vaultRows, vaultTokens } from './logto-vault.ts';

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
    secrets: z.unknown().optional(),
  }),
);

/**
 * Reads a user of `GET /api/users`, or a row of `users`, with the rows of the secret vault under `secrets`. `left` says what
 * cannot be imported.
 */
export const readLogtoUser: ReadUser = (record, { open }) => {
  const exported = user.parse(record);
  const secrets = vaultRows(exported.secrets);
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
        tokens: tokensIn(
          secrets.find((one) => one.target === target && one.identityId === userId),
          tokenSecret,
          open,
        ),
      })),
      ...exported.ssoIdentities.map(({ ssoConnectorId, identityId, detail, tokenSecret }) => ({
        connection: ssoConnectorId,
        subject: identityId,
        ...profileFields(details.safeParse(detail).data),
        profile: detail,
        tokens: tokensIn(
          secrets.find((one) => one.ssoConnectorId === ssoConnectorId && one.identityId === identityId),
          tokenSecret,
          open,
        ),
      })),
    ],
  };
};

function profileFields(known: z.infer<typeof details> | null | undefined) {
  return { name: known?.name, picture: known?.avatar, email: known?.email };
}

/** `tokenSecret`: the description of a secret in an answer of the API, which has nothing to open. */
function tokensIn(
  row: VaultRow | undefined,
  tokenSecret: unknown,
  open: Open | undefined,
): ExportedAccount['tokens'] {
  if (row) return vaultTokens(row, open);
  return tokenSecret === undefined || tokenSecret === null ? undefined : 'encrypted';
}
