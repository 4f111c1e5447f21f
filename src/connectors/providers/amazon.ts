import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown } from '../contract/profile-fields.ts';
import { includesBy } from '../contract/scope-cover.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** Login with Amazon. */
export const amazon = oauth2({
  provider: 'amazon',
  title: { en: 'Amazon', zh: 'Amazon' },
  pinyin: 'ya ma xun',
  issuer: 'https://www.amazon.com',
  endpoints: addresses('www.amazon.com', 'api.amazon.com'),
  options: {
    region: {
      about:
        'The region of the accounts: `na` for the Americas, `eu` for Europe, `fe` for Japan and the Far East.',
      default: 'na',
      values: ['na', 'eu', 'fe'],
    },
  },
  forOptions: ({ region }) => {
    if (region === 'eu') return { endpoints: addresses('eu.account.amazon.com', 'api.amazon.co.uk') };
    if (region === 'fe') return { endpoints: addresses('apac.account.amazon.com', 'api.amazon.co.jp') };
    return {};
  },
  manageAccess: { url: 'https://www.amazon.com/ap/adam' },
  scopeWords: scopeWords({
    profile: ['see your name and e-mail address', '获取您的姓名和邮箱地址'],
    'profile:user_id': ['know that it is you', '获取您的用户标识'],
    postal_code: ['see your postal code', '获取您的邮政编码'],
  }),
  scopes: {
    default: ['profile'],
    separator: ' ',
    cover: { includes: includesBy({ profile: ['profile:user_id'] }) },
  },
  registrationRules: { refusesRedirect: ['http'] },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 3600 },
  classify: classifyByWords({ dead: { invalid_token: 'rejected' }, busy: ['server_error'] }),
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['amazon-advertising-api-clientid', 'amazon-advertising-api-scope'],
  account,
});

function addresses(page: string, api: string) {
  return {
    authorization: `https://${page}/ap/oa`,
    token: `https://${api}/auth/o2/token`,
    userinfo: `https://${api}/user/profile`,
    api: `https://${api}`,
  };
}

const profile = z.object({ user_id: z.string(), name: shown, email: shown });

async function account(call: AccountCall) {
  const { user_id, name, email } = profile.parse(await fetchProfile(call));
  return { subject: user_id, alternates: {}, name, picture: undefined, email, emailVerified: false };
}
