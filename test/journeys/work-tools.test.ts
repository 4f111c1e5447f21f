import { type Provider, providerStories } from './provider-stories.ts';

const json = { 'content-type': 'application/json' };
const viewer = { method: 'POST', headers: json, body: '{"query":"{ viewer { id } }"}' };

const tools: readonly Provider[] = [
  { connection: 'amazon', path: '/user/profile' },
  { connection: 'asana', path: '/users/me' },
  { connection: 'atlassian', path: '/oauth/token/accessible-resources' },
  { connection: 'box', path: '/users/me' },
  { connection: 'coinbase', path: '/user' },
  { connection: 'dropbox', path: '/users/get_current_account', init: { method: 'POST' } },
  { connection: 'figma', path: '/me' },
  { connection: 'hubspot', path: '/account-info/v3/details' },
  { connection: 'linear', path: '/graphql', init: viewer },
  { connection: 'notion', path: '/users/me' },
  { connection: 'patreon', path: '/identity?fields[user]=full_name' },
  { connection: 'paypal', path: '/v1/identity/oauth2/userinfo?schema=paypalv1.1' },
  { connection: 'salesforce', path: '/services/oauth2/userinfo' },
  { connection: 'shopify', path: '/2026-01/shop.json', reason: 'not_refreshable', refreshes: false },
  { connection: 'strava', path: '/athlete' },
  { connection: 'yahoo', path: '/openid/v1/userinfo' },
  { connection: 'zoom', path: '/users/me' },
];

providerStories(tools);
