import { z } from 'zod';
import { asObject, type Json, type JsonObject, tryParse } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';
import type { ExportedAccount, ExportedTokens, ExportedUser, ReadUser } from '../exported-user.ts';
import type { Reason } from '../reasons.ts';
import { camelCased, flag, id, moment, text } from './fields.ts';

/** A map, which the database holds as its JSON. */
const map = z.preprocess(
  (value) => (typeof value === 'string' ? tryParse(value) : value),
  z.record(z.string(), z.unknown()).catch({}),
);

const link = z.preprocess(camelCased, z.object({ providerName: z.string(), providerId: id }));

const user = z.preprocess(
  camelCased,
  z.looseObject({
    owner: z.string(),
    name: z.string(),
    displayName: text,
    avatar: text,
    email: text,
    password: text,
    isForbidden: flag,
    isDeleted: flag,
    createdTime: moment,
    updatedTime: moment,
    lastSigninTime: moment,
    originalToken: text,
    preferredMfaType: text,
    totpSecret: text,
    mfaPhoneEnabled: flag,
    mfaEmailEnabled: flag,
    properties: map,
    thirdPartyLinks: z.array(link).catch([]),
  }),
);

/** A row of the table `third_party_link`, which has the accounts at custom providers. */
const linkRow = z.object({
  owner: z.string(),
  user_name: z.string(),
  provider_name: z.string(),
  provider_id: id,
});

type User = z.infer<typeof user>;

/**
 * Reads a user of `casdoor -export`, of `GET /api/get-users`, or a row of `user` or `third_party_link`. `left` says what
 * cannot be imported.
 */
export const readCasdoorUser: ReadUser = (record) => {
  const row = linkRow.safeParse(record);
  if (row.success) return ofLink(row.data);
  const exported = user.parse(record);
  const columns = columnsOf(exported);
  const parts = columns.map(([column, value]) => ofColumn(exported, column, value));
  return {
    ref: refOf(exported.owner, exported.name),
    name: exported.displayName ?? exported.name,
    picture: exported.avatar,
    disabled: exported.isForbidden,
    createdAt: exported.createdTime,
    lastLoginAt: exported.lastSigninTime,
    left: [...new Set([...leftOf(exported, parts), ...parts.flatMap((part) => part.left)])],
    accounts: [
      ...parts.map(({ account }) => account),
      ...exported.thirdPartyLinks.map((one) => plain(one.providerName, one.providerId, exported.email)),
    ],
  };
};

/** `id` is the provider's id of the first sign-in, so two users may have the same. */
function refOf(owner: string, name: string): string {
  return `${owner}/${name}`;
}

function ofLink({ owner, user_name, provider_name, provider_id }: z.infer<typeof linkRow>): ExportedUser {
  const unknown = { name: undefined, picture: undefined, createdAt: undefined, lastLoginAt: undefined };
  return {
    ref: refOf(owner, user_name),
    ...unknown,
    disabled: false,
    left: [],
    accounts: [plain(provider_name, provider_id, undefined)],
    addsOnly: true,
  };
}

function plain(connection: string, subject: string, email: string | undefined): ExportedAccount {
  const unknown = { name: undefined, picture: undefined, tokens: undefined };
  return { connection, subject, email, profile: {}, ...unknown };
}

/** One word without capitals, as each provider's column is named. */
const columnName = /^[a-z][a-z\d]*$/;
/** The columns of this form that are no provider’s. */
const own: ReadonlySet<string> = new Set(
  `owner name id type password avatar email phone region location address addresses affiliation title homepage bio tag
  language gender birthday education score karma ranking balance currency hash invitation ldap properties roles permissions
  groups cart`.split(/\s+/),
);

/** Returns the providers' columns with the ids of the user's accounts in them. */
function columnsOf(exported: User): readonly [string, string][] {
  return Object.entries(exported).flatMap(([name, value]): [string, string][] =>
    columnName.test(name) && !own.has(name) && typeof value === 'string' && value !== ''
      ? [[name, value]]
      : [],
  );
}

function leftOf(exported: User, parts: readonly { readonly account: ExportedAccount }[]): readonly Reason[] {
  if (exported.isDeleted) return ['deleted'];
  const { originalToken: last, preferredMfaType, totpSecret, mfaPhoneEnabled, mfaEmailEnabled } = exported;
  const known = parts.some(
    ({ account: { tokens } }) =>
      typeof tokens === 'object' && 'accessToken' in tokens && tokens.accessToken.reveal() === last,
  );
  return [
    ...(exported.password ? (['password'] as const) : []),
    ...(preferredMfaType || totpSecret || mfaPhoneEnabled || mfaEmailEnabled
      ? (['second_factor'] as const)
      : []),
    // Earlier versions keep the last token only, and it outlives the account that it belongs to.
    ...(last && last !== masked && !known ? (['token_unassigned'] as const) : []),
  ];
}

/** The API writes this in the place of a token. */
const masked = '***';

function ofColumn(
  exported: User,
  column: string,
  value: string,
): { readonly account: ExportedAccount; readonly left: readonly Reason[] } {
  const { properties, email } = exported;
  const of = oauthPropertiesOf(properties, column);
  const sessionId = text.parse(properties[`${column}OpenId`]);
  if (sessionId === value) {
    // The session of a mini program, which is a client of its own.
    const unionid = text.parse(properties[`${column}UnionId`]);
    const profile = { openid: value, ...(unionid !== undefined && { unionid }) };
    return { account: { ...plain(`${column}-mini-program`, value, email), profile }, left: [] };
  }
  const extra = asObject(tryParse(of('extra') ?? '')) ?? {};
  const perClient = idsByClient(extra, column, value);
  const unionId = of('unionId');
  const tokens = tokensOf(exported, of, { column, value, clients: Object.keys(perClient).length });
  const account = {
    connection: column,
    subject: value,
    name: of('displayName') ?? of('username'),
    picture: of('avatarUrl'),
    email: of('email') ?? email,
    profile: { ...extra, ...(unionId !== undefined && unionId !== value && { openId: value, unionId }) },
    profileByClient: perClient,
    tokens: typeof tokens === 'string' ? undefined : tokens,
  };
  return { account, left: typeof tokens === 'string' ? [tokens] : [] };
}

type OauthProperties = (name: string) => string | undefined;

/** The property `oauth_GitHub_id` belongs to the column `github`. */
function oauthPropertiesOf(properties: Readonly<Record<string, unknown>>, column: string): OauthProperties {
  const names = new Map(Object.keys(properties).map((name) => [name.toLowerCase(), name]));
  return (name) => {
    const found = names.get(`oauth_${column}_${name}`.toLowerCase());
    return found === undefined ? undefined : text.parse(properties[found]);
  };
}

/**
 * Returns the ids by client. WeChat's column has `unionid || openid`, and the extra members have the openid of each client.
 * The member `wechat_unionid` has an openid too.
 */
function idsByClient(extra: JsonObject, column: string, value: string): Readonly<Record<string, JsonObject>> {
  const prefix = `${column}_openid_`;
  const openids = Object.entries(extra).filter(
    (entry): entry is [string, string] => entry[0].startsWith(prefix) && typeof entry[1] === 'string',
  );
  const shared: Readonly<Record<string, Json>> = openids.some(([, openid]) => openid === value)
    ? {}
    : { unionid: value };
  return Object.fromEntries(
    openids.map(([name, openid]) => [name.slice(prefix.length), { openid, ...shared }]),
  );
}

function tokensOf(
  { updatedTime, lastSigninTime }: User,
  of: OauthProperties,
  { column, value, clients }: { readonly column: string; readonly value: string; readonly clients: number },
): ExportedTokens | Reason | undefined {
  const accessToken = of('accessToken');
  // A scan at an official account leaves its ticket in the place of the token.
  if (accessToken === undefined || accessToken.startsWith(`${column}_oa:`)) return undefined;
  const refreshToken = of('refreshToken');
  if (accessToken === masked) return 'token_masked';
  if ((of('id') ?? value) !== value) return 'token_of_other_account';
  if (clients > 1) return 'token_unassigned';
  const times = [updatedTime, lastSigninTime].flatMap((time) => (time ? [time.getTime()] : []));
  return {
    accessToken: new Secret(accessToken),
    refreshToken:
      refreshToken === undefined || refreshToken === masked ? undefined : new Secret(refreshToken),
    idToken: undefined,
    scopes: undefined,
    scopesAre: 'granted',
    extra: {},
    accessEndsAt: undefined,
    refreshEndsAt: undefined,
    lifetime: undefined,
    // Casdoor stores tokens when a person signs in or links an account, and that updates the user.
    issuedBy: times.length > 0 ? new Date(Math.max(...times)) : undefined,
  };
}
