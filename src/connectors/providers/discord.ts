import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { pkceFor, pkceOption } from '../contract/options.ts';
import { shown, yes } from '../contract/profile-fields.ts';
import { discordSignals, publicKeyOption } from './signals/discord.ts';

export const discord = oauth2({
  provider: 'discord',
  title: { en: 'Discord', zh: 'Discord' },
  issuer: 'https://discord.com',
  endpoints: {
    authorization: 'https://discord.com/oauth2/authorize',
    token: 'https://discord.com/api/oauth2/token',
    userinfo: 'https://discord.com/api/users/@me',
    // One token ends every token of the same authorization, whatever the hint says.
    revocation: 'https://discord.com/api/oauth2/token/revoke',
    api: 'https://discord.com/api',
  },
  scopes: { default: ['identify', 'email'], separator: ' ' },
  options: { ...pkceOption, public_key: publicKeyOption },
  signals: discordSignals,
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  forOptions: pkceFor,
  refresh: { how: 'refresh_token', rotation: 'single-use', accessLifetime: 604_800 },
  classify: classifyByWords({
    dead: { 'invalid "refresh_token" in request': 'rejected', '50025': 'rejected' },
  }),
  transport: { in: 'header', name: 'Authorization' },
  // Otherwise people agree anew each time they sign in; whoever has not agreed yet is asked all the same.
  authorizeParameters: ({ forceLogin, forceConsent }) => ({
    prompt: forceLogin || forceConsent ? 'consent' : 'none',
  }),
  account,
});

const profile = z.object({
  // A snowflake: always a string on the wire.
  id: z.string().regex(/^\d{1,20}$/),
  username: shown,
  global_name: shown,
  avatar: z
    .string()
    .regex(/^(a_)?[0-9a-f]{32}$/)
    .optional()
    .catch(undefined),
  email: shown,
  verified: yes,
});

async function account({ tokens, registration: { endpoints }, wire }: AccountCall) {
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}`, accept: 'application/json' };
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/users/@me`);
  const person = profile.parse(await wire.json('profile', url, { headers }));
  return {
    subject: person.id,
    alternates: {},
    name: person.global_name ?? person.username,
    picture: person.avatar && `https://cdn.discordapp.com/avatars/${person.id}/${person.avatar}.png`,
    email: person.email,
    emailVerified: person.email !== undefined && person.verified === true,
  };
}
