import { z } from 'zod';
import type { ExportedAccount, ReadUser } from '../exported-user.ts';
import type { Reason } from '../reasons.ts';
import { flag, id, lifetime, moment, object, secret, text } from './fields.ts';

const identity = z.object({
  connection: z.string(),
  provider: z.string(),
  user_id: id,
  access_token: secret,
  access_token_secret: z.unknown().optional(),
  refresh_token: secret,
  expires_in: lifetime,
  profileData: object,
});

const profile = z.object({ name: text, picture: text, email: text });

const user = profile.extend({
  user_id: id,
  nickname: text,
  blocked: flag,
  created_at: moment,
  last_login: moment,
  identities: z.array(identity),
  multifactor: z.array(z.unknown()).catch([]),
});

/**
 * Reads a user of the bulk export (one user a line) or of `GET /api/v2/users`. With `read:user_idp_tokens` it
 * has tokens. `left` says what cannot be imported.
 */
export const readAuth0User: ReadUser = (record) => {
  const { user_id, name, nickname, picture, email, identities, ...rest } = user.parse(record);
  // Auth0's own id replaces a member of the provider's profile.
  const { user_id: _own, ...flattened } = object.parse(record);
  const notFederated = identities.flatMap(({ provider }) => withoutProvider.get(provider) ?? []);
  const social = identities.filter(({ provider }) => !withoutProvider.has(provider));
  return {
    ref: user_id,
    name: name ?? nickname,
    picture,
    disabled: rest.blocked,
    createdAt: rest.created_at,
    lastLoginAt: rest.last_login,
    left: [...notFederated, ...(rest.multifactor.length > 0 ? (['second_factor'] as const) : [])],
    accounts: social.map((account): ExportedAccount => {
      // The first identity's profile is the user's own.
      const isFirst = account === identities[0];
      const own = isFirst ? { name, picture, email } : profile.parse(account.profileData);
      return {
        ...own,
        connection: account.connection,
        subject: subjectOf(account),
        profile: isFirst ? { ...flattened, ...account.profileData } : account.profileData,
        tokens: tokensOf(account, rest.last_login),
      };
    }),
  };
};

/** The identity kinds that have no provider, with the reason why they are not imported. */
const withoutProvider: ReadonlyMap<string, Reason> = new Map([
  ['auth0', 'password'],
  ['sms', 'passwordless'],
  ['email', 'passwordless'],
]);

/** Custom and enterprise connections put their name before the provider's id. */
function subjectOf({ connection, user_id }: z.infer<typeof identity>): string {
  const prefix = `${connection}|`;
  return user_id.startsWith(prefix) ? user_id.slice(prefix.length) : user_id;
}

function tokensOf(account: z.infer<typeof identity>, lastLogin: Date | undefined): ExportedAccount['tokens'] {
  // A token with a secret is one of OAuth 1.0a.
  if (!account.access_token || account.access_token_secret !== undefined) return undefined;
  return {
    accessToken: account.access_token,
    refreshToken: account.refresh_token,
    idToken: undefined,
    scopes: undefined,
    scopesAre: 'granted',
    extra: {},
    accessEndsAt: undefined,
    refreshEndsAt: undefined,
    lifetime: account.expires_in,
    // Auth0 stores tokens at a sign-in only, so they were issued by the last one.
    issuedBy: lastLogin,
  };
}
