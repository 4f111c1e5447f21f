import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown } from '../contract/profile-fields.ts';
import { includesBy } from '../contract/scope-cover.ts';

/** Box. The app's scopes are chosen in its console, so none are requested by default. */
export const box = oauth2({
  provider: 'box',
  title: { en: 'Box', zh: 'Box' },
  issuer: 'https://account.box.com',
  endpoints: {
    authorization: 'https://account.box.com/api/oauth2/authorize',
    token: 'https://api.box.com/oauth2/token',
    userinfo: 'https://api.box.com/2.0/users/me',
    revocation: 'https://api.box.com/oauth2/revoke',
    api: 'https://api.box.com/2.0',
  },
  scopes: {
    default: [],
    separator: ' ',
    cover: { includes: includesBy({ root_readwrite: ['root_readonly'] }) },
  },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 3600,
    refreshLifetime: 60 * 86_400,
    keepAlive: 30 * 86_400,
  },
  classify: classifyByWords({
    dead: { 'refresh token has expired': 'rejected', 'invalid refresh token': 'rejected' },
  }),
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['boxapi', 'box-version', 'x-rep-hints'],
  account,
});

const profile = z.object({ id: z.string(), name: shown, login: shown, avatar_url: shown });

async function account(call: AccountCall) {
  const { id, name, login, avatar_url } = profile.parse(await fetchProfile(call));
  return { subject: id, alternates: {}, name, picture: avatar_url, email: login, emailVerified: false };
}
