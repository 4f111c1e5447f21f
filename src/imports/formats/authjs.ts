import { z } from 'zod';
import { asObject, type Json, type JsonObject } from '../../kit/exact-json.ts';
import type { ExportedAccount, ReadUser } from '../exported-user.ts';
import type { Reason } from '../reasons.ts';
import { camelCased, fieldName, id, moment, secret, text } from './fields.ts';

const account = z.preprocess(
  camelCased,
  z.object({
    provider: z.string(),
    type: text,
    providerAccountId: id,
    accessToken: secret,
    refreshToken: secret,
    idToken: secret,
    expiresAt: moment,
    scope: text,
    updatedAt: moment,
  }),
);

const user = z.preprocess(
  camelCased,
  z.object({
    id,
    name: text,
    email: text,
    emailVerified: moment,
    image: text,
    createdAt: moment,
    accounts: z.array(z.unknown()),
  }),
);

/**
 * Reads a user of an Auth.js or NextAuth.js adapter with the rows of `accounts`: a row of SQL, a document of MongoDB, or an
 * object of Prisma. `left` says what cannot be imported.
 */
export const readAuthjsUser: ReadUser = (record) => {
  const exported = user.parse(plainDocument(record as Json));
  const rows = exported.accounts.map((row) => ({ raw: asObject(row as Json) ?? {}, ...account.parse(row) }));
  const linked = rows.filter(({ type }) => !withoutProvider.has(type ?? ''));
  return {
    ref: exported.id,
    name: exported.name,
    picture: exported.image,
    disabled: false,
    createdAt: exported.createdAt,
    lastLoginAt: undefined,
    left: [
      ...new Set([
        ...rows.flatMap(({ type }) => withoutProvider.get(type ?? '') ?? []),
        // Only a sign-in by a link in an e-mail sets it.
        ...(exported.emailVerified ? (['passwordless'] as const) : []),
      ]),
    ],
    accounts: linked.map((row) => ({
      connection: row.provider,
      subject: row.providerAccountId,
      name: exported.name,
      picture: exported.image,
      email: exported.email,
      profile: {},
      tokens: tokensOf(row),
    })),
  };
};

/** The types of accounts that have no provider, with the reason why they are not imported. */
const withoutProvider: ReadonlyMap<string, Reason> = new Map([
  ['credentials', 'password'],
  ['email', 'passwordless'],
  ['webauthn', 'passkey'],
]);

type Row = z.infer<typeof account> & { readonly raw: JsonObject };

function tokensOf(row: Row): ExportedAccount['tokens'] {
  if (!row.accessToken) return undefined;
  return {
    accessToken: row.accessToken,
    refreshToken: row.refreshToken,
    idToken: row.idToken,
    // Auth.js stores the answer of the first sign-in, and an app that refreshes leaves the scope.
    scopes: row.scope?.split(/[\s,]+/),
    scopesAre: 'granted',
    extra: furtherMembers(row.raw),
    accessEndsAt: row.expiresAt,
    refreshEndsAt: undefined,
    lifetime: undefined,
    issuedBy: row.updatedAt,
  };
}

/** The columns that are read above, and those that no provider sends. */
const ownColumns = new Set([
  ...['id', 'userId', 'type', 'provider', 'providerAccountId', 'createdAt', 'updatedAt'],
  ...['accessToken', 'refreshToken', 'idToken', 'scope', 'expiresAt', 'expiresIn'],
]);

/** Returns the members of the provider's answer that have a column of their own, such as `refresh_token_expires_in`. */
function furtherMembers(row: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => !ownColumns.has(fieldName(name)) && value !== null),
  );
}

/** Replaces the types of MongoDB's Extended JSON by their values, and `_id` by `id`. */
function plainDocument(value: Json): Json {
  if (Array.isArray(value)) return value.map(plainDocument);
  const given = asObject(value);
  if (!given) return value;
  const [[name = '', inner = null] = [], ...more] = Object.entries(given);
  if (more.length === 0 && extendedTypes.has(name)) return plainDocument(inner);
  return Object.fromEntries(
    Object.entries(given).map(([key, field]) => [key === '_id' ? 'id' : key, plainDocument(field)]),
  );
}

const extendedTypes = new Set(['$oid', '$date', '$numberInt', '$numberLong', '$numberDouble', '$uuid']);
