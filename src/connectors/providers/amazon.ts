import { z } from 'zod';
import { askProfile } from '../ask-profile.ts';
import type { AccountCall } from '../contract.ts';
import { oauth2 } from '../declare.ts';
import { shown } from '../profile-fields.ts';

/** Login with Amazon. Every region has a host of its own, which the connection names. */
export const amazon = oauth2({
  provider: 'amazon',
  title: { en: 'Amazon', zh: '亚马逊' },
  issuer: 'https://www.amazon.com',
  endpoints: {
    authorization: 'https://www.amazon.com/ap/oa',
    token: 'https://api.amazon.com/auth/o2/token',
    userinfo: 'https://api.amazon.com/user/profile',
    api: 'https://api.amazon.com',
  },
  scopes: { default: ['profile'], separator: ' ' },
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 3600 },
  transport: { in: 'header', name: 'Authorization' },
  account,
});

const profile = z.object({ user_id: z.string(), name: shown, email: shown });

async function account(call: AccountCall) {
  const { user_id, name, email } = profile.parse(await askProfile(call));
  return { subject: user_id, alternates: {}, name, picture: undefined, email, emailVerified: false };
}
