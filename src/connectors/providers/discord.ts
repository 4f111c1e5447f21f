import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { pkceFor, pkceOption } from '../contract/options.ts';
import { shown, yes } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { discordSignals, publicKeyOption } from './signals/discord.ts';

export const discord = oauth2({
  provider: 'discord',
  title: { en: 'Discord', zh: 'Discord' },
  issuer: 'https://discord.com',
  endpoints: {
    authorization: 'https://discord.com/oauth2/authorize',
    token: 'https://discord.com/api/oauth2/token',
    userinfo: 'https://discord.com/api/users/@me',
    // Revoking one token ends all tokens of the authorization. The hint has no effect.
    revocation: 'https://discord.com/api/oauth2/token/revoke',
    api: 'https://discord.com/api',
  },
  scopeWords: scopeWords({
    identify: ['see your name and picture', '获取您的昵称和头像'],
    email: ['see your e-mail address', '获取您的邮箱地址'],
    guilds: ['see which servers you are in', '查看您加入的服务器'],
    'guilds.join': ['join servers as you', '代您加入服务器'],
    connections: ['see your linked accounts', '查看您关联的其他账号'],
  }),
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
  apiHeaders: ['x-audit-log-reason', 'x-discord-locale'],
  // Otherwise people must consent at every sign-in. With `none` Discord still asks those who have not consented yet.
  authorizeParameters: ({ forceLogin, forceConsent }) => ({
    prompt: forceLogin || forceConsent ? 'consent' : 'none',
  }),
  account,
});

const profile = z.object({
  // A snowflake, always sent as a string.
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

async function account({ tokens, registration: { endpoints }, http }: AccountCall) {
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}`, accept: 'application/json' };
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/users/@me`);
  const person = profile.parse(await http.json('profile', url, { headers }));
  return {
    subject: person.id,
    alternates: {},
    name: person.global_name ?? person.username,
    picture: person.avatar && `https://cdn.discordapp.com/avatars/${person.id}/${person.avatar}.png`,
    email: person.email,
    emailVerified: person.email !== undefined && person.verified === true,
  };
}
