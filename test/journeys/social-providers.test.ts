import { type Provider, providerStories } from './provider-stories.ts';

const me = '/me?fields=id';
const query = JSON.stringify({ query: '{me{externalId}}' });

const providers: readonly Provider[] = [
  { connection: 'google', path: '/v1/userinfo' },
  { connection: 'microsoft', path: '/me', reason: 'revoked_by_user' },
  { connection: 'apple' },
  { connection: 'openid-connect', path: '/protocol/openid-connect/userinfo' },
  { connection: 'facebook', path: me, reason: 'app_removed', refreshes: false },
  { connection: 'instagram', path: '/me?fields=user_id', reason: 'app_removed', refreshes: false },
  { connection: 'github', path: '/user', reason: 'revoked_by_user', refreshes: false },
  { connection: 'github-app', path: '/user' },
  { connection: 'bitbucket', path: '/user' },
  { connection: 'slack', path: '/openid.connect.userInfo' },
  { connection: 'slack-workspace', path: '/auth.test', init: { method: 'POST' } },
  { connection: 'x', path: '/users/me' },
  { connection: 'tiktok', path: '/user/info/?fields=open_id' },
  { connection: 'discord', path: '/users/@me' },
  { connection: 'reddit', path: '/api/v1/me' },
  { connection: 'pinterest', path: '/user_account' },
  {
    connection: 'snapchat',
    path: '/me',
    init: { method: 'POST', headers: { 'content-type': 'application/json' }, body: query },
  },
  { connection: 'spotify', path: '/me' },
  { connection: 'twitch', path: '/users' },
  { connection: 'line', path: '/oauth2/v2.1/userinfo' },
  { connection: 'kakao', path: '/v2/user/me' },
  { connection: 'linkedin', path: '/v2/userinfo' },
  { connection: 'oauth2', path: '/whoami' },
];

providerStories(providers);
