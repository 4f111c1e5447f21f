import { z } from 'zod';
import { Secret } from '../../kit/secret.ts';
import type { ExportedAccount, ExportedTokens, Open, ReadUser, Unopened } from '../exported-user.ts';
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
    banExpires: moment,
    twoFactorEnabled: flag,
    createdAt: moment,
    accounts: z.array(account),
  }),
);

/** Reads a row of `user` with its rows of `account` under `accounts`. `left` says what cannot be imported. */
export const readBetterAuthUser: ReadUser = (record, { now, open }) => {
  const exported = user.parse(record);
  const linked = exported.accounts.filter(({ providerId }) => providerId !== 'credential');
  return {
    ref: exported.id,
    name: exported.name,
    picture: exported.image,
    ...blockOf(exported, now),
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
      ...tokensOf(account, open),
    })),
  };
};

/** Better Auth lifts a ban whose end has passed at the next sign-in. */
function blockOf({ banned, banExpires }: z.infer<typeof user>, now: Date) {
  if (!banned || (banExpires && banExpires <= now)) return { disabled: false };
  return { disabled: true, disabledUntil: banExpires };
}

function tokensOf(
  exported: z.infer<typeof account>,
  open: Open | undefined,
): Pick<ExportedAccount, 'tokens' | 'idToken'> {
  if (!exported.accessToken) return { tokens: undefined };
  const accessToken = opened(exported.accessToken, open);
  const refreshToken = opened(exported.refreshToken, open);
  // Better Auth 1.7.25 never encrypts the ID token. It only serves to check the others.
  const readable = opened(exported.idToken, open);
  const idToken = readable instanceof Secret ? readable : undefined;
  for (const token of [accessToken, refreshToken])
    if (token && !(token instanceof Secret)) return { tokens: token, idToken };
  if (!(accessToken instanceof Secret)) return { tokens: undefined };
  const tokens: ExportedTokens = {
    accessToken,
    refreshToken: refreshToken instanceof Secret ? refreshToken : undefined,
    idToken,
    scopes: exported.scope?.split(/[\s,]+/),
    // A later sign-in replaces the tokens and leaves the scope, linking adds to it, and a refresh ignores the answer's.
    scopesAre: 'once granted',
    extra: {},
    accessEndsAt: exported.accessTokenExpiresAt,
    refreshEndsAt: exported.refreshTokenExpiresAt,
    lifetime: undefined,
    issuedBy: exported.updatedAt,
  };
  return { tokens };
}

/** Returns the token in plaintext. A table has both kinds if the option was set later. */
function opened(
  token: Secret | undefined,
  open: Open | undefined,
): Secret | 'encrypted' | Unopened | undefined {
  if (!token || !isEncrypted(token.reveal())) return token;
  if (!open) return 'encrypted';
  const found = open(token.reveal());
  return 'unopened' in found ? found : found.text;
}

/**
 * Recognises `encryptOAuthTokens`: XChaCha20-Poly1305 in hex, of which nonce and tag alone are 80 digits, or
 * an envelope around it.
 */
function isEncrypted(token: string): boolean {
  return /^(\$ba\$|enc:)/.test(token) || (token.length > 80 && /^([0-9a-f]{2})+$/i.test(token));
}
