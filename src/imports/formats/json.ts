import { z } from 'zod';
import { isRepresentable } from '../../kit/database/timestamp-range.ts';
import type { JsonObject } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';
import type { ExportedAccount, ExportedTokens, ReadUser } from '../exported-user.ts';

// The neutral format (docs/import-json.md). It is strict, since its writer can correct the file: an unknown member or a
// wrong type makes the record malformed. A null counts as absent, because databases write it for an empty column.

const text = z.string();
const name = text.nullish().describe('The name to show.');
const picture = text.nullish().describe('The https or http URL of a picture.');
const email = text
  .nullish()
  .describe('The e-mail address. It counts as unverified until the provider verifies it at a sign-in.');

/** RFC 3339, so the zone is stated. */
const time = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .refine(isRepresentable, 'a year from 0001 to 9999')
  .nullish();

const object = z.record(z.string(), z.unknown()).transform((value) => value as JsonObject);
const secret = text.min(1).transform((value) => new Secret(value));

const tokens = z
  .strictObject({
    access_token: secret.describe('The access token, also if it has expired.'),
    refresh_token: secret.nullish().describe('The refresh token.'),
    id_token: secret
      .nullish()
      .describe('The ID token. It must name the client of the connection, and the same account.'),
    scopes: z
      .array(text.min(1))
      .nullish()
      .describe('The scopes that the access token has. Without them, the option --scopes counts.'),
    extra: object
      .nullish()
      .describe('Further members of the provider’s token answer, as the provider named them.'),
    access_ends_at: time.describe('The time at which the access token expires.'),
    refresh_ends_at: time.describe('The time at which the refresh token expires.'),
    lifetime: z
      .int()
      .positive()
      .max(315_360_000)
      .nullish()
      .describe(
        'The lifetime of the access token in seconds, from its issue. `access_ends_at` counts before it.',
      ),
    issued_at: time.describe('The time at which the provider issued the tokens, or the latest possible one.'),
  })
  .describe('The tokens that the provider issued.');

const account = z
  .strictObject({
    connection: text.min(1).describe('The alias of the connection, or a name that --map gives an alias.'),
    subject: text
      .min(1)
      .nullish()
      .describe('The id of the account at the provider, as a sign-in here takes it.'),
    ids: object
      .nullish()
      .describe(
        'The ids of the account, by the names that the provider’s profile uses. For providers with several ids for one account, as `openid` and `unionid`.',
      ),
    name,
    picture,
    email,
    profile: object.nullish().describe('The provider’s own profile. The connector may find the ids in it.'),
    id_token: secret
      .nullish()
      .describe('An ID token of the account, where `tokens` has none. The connector may find the ids in it.'),
    tokens: tokens.nullish(),
  })
  .refine(({ subject, ids }) => (subject ?? undefined) !== undefined || (ids ?? undefined) !== undefined, {
    path: ['subject'],
    message: 'subject or ids',
  })
  .meta({
    anyOf: [
      { required: ['subject'], properties: { subject: { type: 'string' } } },
      { required: ['ids'], properties: { ids: { type: 'object' } } },
    ],
  });

const common = {
  version: z.literal(1).describe('The version of this format.'),
  ref: text.min(1).max(1024).describe('The id of the user in your product. The file of --ids repeats it.'),
  accounts: z.array(account).describe('The accounts at the providers.'),
};

/** The schema of one record. `docs/import.schema.json` is written from it. */
export const recordSchema = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('user').describe('A user with the accounts.'),
        ...common,
        name,
        picture,
        email,
        disabled: z.boolean().nullish().describe('True for a user who is blocked.'),
        created_at: time.describe('The time at which the user came to your product.'),
        last_login_at: time.describe('The time of the last sign-in.'),
      })
      .describe('A user. A user who is here already gets the accounts that are missing.'),
    z
      .strictObject({
        kind: z.literal('accounts').describe('Accounts for a user who is here already.'),
        ...common,
      })
      .describe(
        'Accounts for a user who is here already: one of these accounts, or the same ref, came before.',
      ),
  ])
  .describe('One record of a file for `symbolon import json`.');

/** Reads a record of the neutral format. */
export const readJsonUser: ReadUser = (record) => {
  const read = recordSchema.parse(record);
  const user = read.kind === 'user' ? read : undefined;
  return {
    ref: read.ref,
    name: user?.name ?? undefined,
    picture: user?.picture ?? undefined,
    disabled: user?.disabled ?? false,
    createdAt: user?.created_at ?? undefined,
    lastLoginAt: user?.last_login_at ?? undefined,
    left: [],
    accounts: read.accounts.map((one) => accountOf(one, user)),
    ...(read.kind === 'accounts' && { addsOnly: true }),
  };
};

interface ShownFields {
  readonly name?: string | null | undefined;
  readonly picture?: string | null | undefined;
  readonly email?: string | null | undefined;
}

/** Returns the account. The user's own fields stand in for missing ones. */
function accountOf(read: z.infer<typeof account>, user: ShownFields = {}): ExportedAccount {
  return {
    connection: read.connection,
    subject: read.subject ?? '',
    name: read.name ?? user.name ?? undefined,
    picture: read.picture ?? user.picture ?? undefined,
    email: read.email ?? user.email ?? undefined,
    profile: { ...read.profile, ...read.ids },
    idToken: read.id_token ?? undefined,
    tokens: read.tokens ? tokensOf(read.tokens, read.id_token) : undefined,
  };
}

function tokensOf(read: z.infer<typeof tokens>, idToken: Secret | null | undefined): ExportedTokens {
  return {
    accessToken: read.access_token,
    refreshToken: read.refresh_token ?? undefined,
    idToken: read.id_token ?? idToken ?? undefined,
    scopes: read.scopes ?? undefined,
    scopesAre: 'granted',
    extra: read.extra ?? {},
    accessEndsAt: read.access_ends_at ?? undefined,
    refreshEndsAt: read.refresh_ends_at ?? undefined,
    lifetime: read.lifetime ?? undefined,
    issuedBy: read.issued_at ?? undefined,
  };
}
