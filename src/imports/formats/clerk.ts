import { z } from 'zod';
import type { ExportedAccount, ExportedTokens, ReadUser } from '../exported-user.ts';
import type { Reason } from '../reasons.ts';
import { camelCased, flag, id, lifetime, moment, secret, text } from './fields.ts';

// The API writes `provider_user_id`, the SDK `providerUserId`.
const verification = z.object({ status: text }).nullish().catch(undefined);

/** Earlier versions of the API have members of their own for Google and Facebook, such as `google_id`. */
const external = z.preprocess(
  camelCased,
  z.looseObject({
    object: text,
    id,
    externalAccountId: text,
    provider: text,
    providerUserId: text,
    emailAddress: text,
    firstName: text,
    lastName: text,
    givenName: text,
    familyName: text,
    username: text,
    imageUrl: text,
    picture: text,
    verification,
  }),
);

const enterprise = z.preprocess(
  camelCased,
  z.object({
    provider: text,
    protocol: text,
    providerUserId: text,
    enterpriseConnectionId: text,
    emailAddress: text,
    firstName: text,
    lastName: text,
    active: z.unknown().optional(),
    verification,
  }),
);

const token = z.preprocess(
  camelCased,
  z.object({
    externalAccountId: text,
    provider: text,
    providerUserId: text,
    token: secret,
    tokenSecret: z.unknown().optional(),
    scopes: z.array(z.string()).optional().catch(undefined),
    expiresAt: moment,
    idToken: secret,
  }),
);

const user = z.preprocess(
  camelCased,
  z.object({
    id,
    username: text,
    firstName: text,
    lastName: text,
    imageUrl: text,
    hasImage: z.unknown().optional(),
    passwordEnabled: flag,
    twoFactorEnabled: flag,
    banned: flag,
    locked: flag,
    lockoutExpiresInSeconds: lifetime,
    deprovisioned: flag,
    createdAt: moment,
    lastSignInAt: moment,
    externalAccounts: z.array(external),
    enterpriseAccounts: z.array(enterprise).catch([]),
    oauthAccessTokens: z.array(token).catch([]),
  }),
);

type User = z.infer<typeof user>;
type External = z.infer<typeof external>;
type Token = z.infer<typeof token>;
type Enterprise = z.infer<typeof enterprise>;

/**
 * Reads a user of `GET /v1/users`, with the answers of `GET /v1/users/{id}/oauth_access_tokens/{provider}` under
 * `oauth_access_tokens`. `left` says what cannot be imported.
 */
export const readClerkUser: ReadUser = (record) => {
  const exported = user.parse(record);
  const external = exported.externalAccounts.filter(isVerified);
  const enterprise = exported.enterpriseAccounts.filter((one) => isVerified(one) && one.active !== false);
  const federated = enterprise.filter(({ protocol }) => protocol !== 'saml');
  const unverified =
    external.length < exported.externalAccounts.length ||
    enterprise.length < exported.enterpriseAccounts.length;
  const left: Reason[] = [
    ...(exported.passwordEnabled ? (['password'] as const) : []),
    ...(exported.twoFactorEnabled ? (['second_factor'] as const) : []),
    ...(unverified ? (['account_unverified'] as const) : []),
    // A SAML name is not the subject that the same provider has at OpenID Connect.
    ...(federated.length < enterprise.length ? (['unknown_subject'] as const) : []),
  ];
  return {
    ref: exported.id,
    name: fullName(exported) ?? exported.username,
    // Clerk draws a picture for a person who has none.
    picture: exported.hasImage === false ? undefined : exported.imageUrl,
    disabled: isBlocked(exported),
    createdAt: exported.createdAt,
    lastLoginAt: exported.lastSignInAt,
    left,
    accounts: [
      ...external.map((one) => ofExternal(one, exported.oauthAccessTokens)),
      ...federated.map(ofEnterprise),
    ],
  };
};

/**
 * A lock that ends by itself follows failed sign-ins, which anyone with the person's address can cause. Only an operator ends
 * one without an end.
 */
function isBlocked({ banned, deprovisioned, locked, lockoutExpiresInSeconds: left }: User): boolean {
  return banned || deprovisioned || (locked && left === undefined);
}

/** Returns false until the provider has confirmed the account, which may be another person’s. */
function isVerified({ verification }: External | Enterprise): boolean {
  return verification?.status === 'verified';
}

function ofExternal(account: External, tokens: readonly Token[]): ExportedAccount {
  const { givenName, familyName, username } = account;
  const subject = account.providerUserId ?? text.parse(account[`${providerOf(account)}Id`]) ?? '';
  return {
    connection: providerOf(account),
    subject,
    name: fullName(account) ?? fullName({ firstName: givenName, lastName: familyName }) ?? username,
    picture: account.imageUrl ?? account.picture,
    email: account.emailAddress,
    profile: {},
    tokens: tokensOf(tokens.find((one) => belongsTo(one, account, subject))),
  };
}

function belongsTo(one: Token, account: External, subject: string): boolean {
  const { externalAccountId, providerUserId } = one;
  if (providerUserId !== undefined && providerUserId !== subject) return false;
  // For Google and Facebook, `id` is the one of the identification, and tokens name `external_account_id`.
  if (externalAccountId !== undefined) return externalAccountId === (account.externalAccountId ?? account.id);
  return providerUserId !== undefined && providerOf(one) === providerOf(account);
}

/** Returns the provider's name without Clerk's additions: `oauth_google` and `google_account` are `google`. */
function providerOf({
  provider,
  object,
}: {
  provider?: string | undefined;
  object?: string | undefined;
}): string {
  return provider?.replace(/^oauth_/, '') ?? object?.replace(/_account$/, '') ?? '';
}

function ofEnterprise(account: Enterprise): ExportedAccount {
  return {
    connection: account.enterpriseConnectionId ?? account.provider ?? '',
    subject: account.providerUserId ?? '',
    name: fullName(account),
    picture: undefined,
    email: account.emailAddress,
    profile: {},
    tokens: undefined,
  };
}

function tokensOf(exported: Token | undefined): ExportedTokens | undefined {
  // A token with a secret is one of OAuth 1.0a.
  if (!exported?.token || exported.tokenSecret) return undefined;
  return {
    accessToken: exported.token,
    // Clerk gives out no refresh tokens.
    refreshToken: undefined,
    idToken: exported.idToken,
    // The API states them as the scopes that this very token is valid for.
    scopes: exported.scopes,
    scopesAre: 'granted',
    extra: {},
    accessEndsAt: exported.expiresAt,
    refreshEndsAt: undefined,
    lifetime: undefined,
    issuedBy: undefined,
  };
}

function fullName({
  firstName,
  lastName,
}: {
  firstName?: string | undefined;
  lastName?: string | undefined;
}) {
  return [firstName, lastName].filter(Boolean).join(' ') || undefined;
}
