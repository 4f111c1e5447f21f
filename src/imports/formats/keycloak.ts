import { z } from 'zod';
import { after, seconds } from '../../kit/clock.ts';
import { asObject, type JsonObject, tryParse } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';
import type { ExportedTokens, ExportedUser, ReadUser } from '../exported-user.ts';
import type { Reason } from '../reasons.ts';
import { flag, id, isSet, lifetime, moment, text } from './fields.ts';

const federated = z.object({ identityProvider: z.string(), userId: id, userName: text });

const user = z.object({
  id,
  username: text,
  firstName: text,
  lastName: text,
  email: text,
  enabled: z
    .unknown()
    .optional()
    .transform((value) => isSet(value ?? true)),
  createdTimestamp: moment,
  serviceAccountClientId: text,
  totp: flag,
  federatedIdentities: z.array(federated).optional(),
  credentials: z.array(z.object({ type: z.string() })).catch([]),
});

/** A row of the table `federated_identity`, which has the tokens that a realm export leaves out. */
const row = z.object({
  identity_provider: z.string(),
  federated_user_id: id,
  federated_username: text,
  user_id: id,
  token: text,
});

/** Reads a user of a realm export, or a row of `federated_identity`. `left` says what cannot be imported. */
export const readKeycloakUser: ReadUser = (record) => {
  const tableRow = row.safeParse(record);
  return tableRow.success ? ofRow(tableRow.data) : ofUser(user.parse(record));
};

function ofUser(exported: z.infer<typeof user>): ExportedUser {
  const name = [exported.firstName, exported.lastName].filter(Boolean).join(' ') || exported.username;
  const credentialTypes = new Set(exported.credentials.map(({ type }) => type));
  const isServiceAccount = exported.serviceAccountClientId !== undefined;
  const left: Reason[] = [
    ...(isServiceAccount ? (['service_account'] as const) : []),
    ...(credentialTypes.has('password') ? (['password'] as const) : []),
    ...(exported.totp || [...credentialTypes].some((type) => type !== 'password')
      ? (['second_factor'] as const)
      : []),
  ];
  return {
    ref: exported.id,
    name,
    picture: undefined,
    disabled: !exported.enabled,
    createdAt: exported.createdTimestamp,
    lastLoginAt: undefined,
    left,
    accounts: (exported.federatedIdentities ?? []).map(({ identityProvider, userId, userName }) => ({
      connection: identityProvider,
      subject: userId,
      name: userName ?? name,
      picture: undefined,
      email: exported.email,
      profile: {},
      tokens: undefined,
    })),
  };
}

function ofRow(exported: z.infer<typeof row>): ExportedUser {
  const answer = exported.token === undefined ? undefined : answerOf(exported.token);
  const account = {
    connection: exported.identity_provider,
    subject: exported.federated_user_id,
    name: exported.federated_username,
    picture: undefined,
    email: undefined,
    profile: answer ?? {},
    tokens: answer && tokensOf(answer),
  };
  const unknown = { name: undefined, picture: undefined, createdAt: undefined, lastLoginAt: undefined };
  return {
    ref: exported.user_id,
    ...unknown,
    disabled: false,
    left: [],
    accounts: [account],
    addsOnly: true,
  };
}

/** Parses the provider's stored answer: JSON, or the form encoding that some providers use. */
function answerOf(stored: string): JsonObject | undefined {
  const json = asObject(tryParse(stored));
  if (json || stored.startsWith('{')) return json;
  return Object.fromEntries(new URLSearchParams(stored));
}

const answerShape = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().optional().catch(undefined),
  id_token: z.string().optional().catch(undefined),
  scope: text,
  expires_in: lifetime,
  refresh_expires_in: lifetime,
  accessTokenExpiration: moment,
});

function tokensOf(answer: JsonObject): ExportedTokens | undefined {
  const { data } = answerShape.safeParse(answer);
  if (!data) return undefined;
  // Keycloak adds `accessTokenExpiration`, the end of the access token, when it stores the answer.
  const { accessTokenExpiration: end, expires_in, refresh_expires_in: refreshLifetime } = data;
  const { access_token, refresh_token, id_token, scope, ...extra } = answer;
  const issued = end && expires_in !== undefined ? after(end, -seconds(expires_in)) : undefined;
  const refreshEnd =
    issued && refreshLifetime !== undefined ? after(issued, seconds(refreshLifetime)) : undefined;
  const secretOf = (value: string | undefined) => (value ? new Secret(value) : undefined);
  return {
    accessToken: new Secret(data.access_token),
    refreshToken: secretOf(data.refresh_token),
    idToken: secretOf(data.id_token),
    // A refresh replaces the whole answer, so a scope in it belongs to the token beside it.
    scopes: data.scope?.split(/[\s,]+/),
    scopesAre: 'granted',
    extra,
    accessEndsAt: end,
    refreshEndsAt: refreshEnd,
    lifetime: expires_in,
    issuedBy: issued,
  };
}
