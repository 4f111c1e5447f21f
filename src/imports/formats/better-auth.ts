import { z } from 'zod';
import type { ExportedAccount, ReadUser } from '../exported-user.ts';
import { camelCased, flag, id, moment, secret, text } from './fields.ts';

const account = z.preprocess(
  camelCased,
  z.object({
    providerId: z.string(),
    accountId: id,
    accessToken: secret,
    refreshToken: secret,
    idToken: secret,
    accessTokenExpiresAt: moment,
    refreshTokenExpiresAt: moment,
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
    image: text,
    banned: flag,
    twoFactorEnabled: flag,
    createdAt: moment,
    accounts: z.array(account),
  }),
);

/** Reads a row of `user` with its rows of `account` under `accounts`. `left` says what cannot be imported. */
export const readBetterAuthUser: ReadUser = (record) => {
  const exported = user.parse(record);
  const linked = exported.accounts.filter(({ providerId }) => providerId !== 'credential');
  return {
    ref: exported.id,
    name: exported.name,
    picture: exported.image,
    disabled: exported.banned,
    createdAt: exported.createdAt,
    lastLoginAt: undefined,
    left: [
      ...(linked.length < exported.accounts.length ? (['password'] as const) : []),
      ...(exported.twoFactorEnabled ? (['second_factor'] as const) : []),
    ],
    accounts: linked.map((account) => ({
      connection: account.providerId,
      subject: account.accountId,
      name: exported.name,
      picture: exported.image,
      email: exported.email,
      profile: {},
      tokens: tokensOf(account),
    })),
  };
};

function tokensOf(exported: z.infer<typeof account>): ExportedAccount['tokens'] {
  const { accessToken, refreshToken, idToken } = exported;
  if (!accessToken) return undefined;
  if ([accessToken, refreshToken].some((token) => token && isEncrypted(token.reveal()))) return 'encrypted';
  return {
    accessToken,
    refreshToken,
    idToken: idToken && !isEncrypted(idToken.reveal()) ? idToken : undefined,
    scopes: exported.scope?.split(/[\s,]+/),
    // A later sign-in replaces the tokens and leaves the scope, linking adds to it, and a refresh ignores the answer's.
    scopesAre: 'once granted',
    extra: {},
    accessEndsAt: exported.accessTokenExpiresAt,
    refreshEndsAt: exported.refreshTokenExpiresAt,
    lifetime: undefined,
    issuedBy: exported.updatedAt,
  };
}

/**
 * Recognises `encryptOAuthTokens`: XChaCha20-Poly1305 in hex, of which nonce and tag alone are 80 digits, or
 * an envelope around it.
 */
function isEncrypted(token: string): boolean {
  return /^(\$ba\$|enc:)/.test(token) || (token.length > 80 && /^([0-9a-f]{2})+$/i.test(token));
}
