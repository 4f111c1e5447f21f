import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

export const asana = oauth2({
  provider: 'asana',
  title: { en: 'Asana', zh: 'Asana' },
  issuer: 'https://app.asana.com',
  endpoints: {
    authorization: 'https://app.asana.com/-/oauth_authorize',
    token: 'https://app.asana.com/-/oauth_token',
    userinfo: 'https://app.asana.com/api/1.0/users/me',
    revocation: 'https://app.asana.com/-/oauth_revoke',
    api: 'https://app.asana.com/api/1.0',
  },
  scopeWords: scopeWords({
    default: ['do all that you can in Asana', '代您使用 Asana 的全部功能'],
  }),
  scopes: { default: ['default'], separator: ' ' },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 3600 },
  classify: classifyByWords({ dead: { 'bearer token has expired': 'expired' } }),
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['asana-enable', 'asana-disable'],
  account,
});

const photo = z.object({ image_128x128: shown });

const profile = z.object({
  data: z.object({ gid: z.string(), name: shown, email: shown, photo: photo.optional().catch(undefined) }),
});

async function account(call: AccountCall) {
  const { data } = profile.parse(await fetchProfile(call));
  return {
    subject: data.gid,
    alternates: {},
    name: data.name,
    picture: data.photo?.image_128x128,
    email: data.email,
    emailVerified: false,
  };
}
