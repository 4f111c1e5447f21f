import { alphabets, derived } from '../core/mint.ts';
import { oidcProfile, standardClaims } from '../engines/oidc-profile.ts';
import { life, mint, mountAuth, refuse, team, userId } from './slack/web-api.ts';

const known = ['openid', 'profile', 'email'];

/** Sign in with Slack. */
export const slack = oidcProfile({
  name: 'slack',
  title: 'Slack',
  provider: 'slack',
  clientId: '1050105010501.1050105010502',
  clientSecret: derived('slack client secret', 32, alphabets.hex),
  rotation: 'single-use',
  mint,
  subject: userId,
  authorize: {
    path: '/openid/connect/authorize',
    required: ['response_type', 'scope'],
    knownScope: (scope) => known.includes(scope),
    challenge: 'ignored',
  },
  token: { path: '/api/openid.connect.token', life, pkce: 'ignored' },
  extra: () => ({ ok: true, scope: undefined }),
  userinfo: {
    path: '/api/openid.connect.userInfo',
    body: (person, room, token) => ({
      ok: true,
      sub: userId(person),
      'https://slack.com/user_id': userId(person),
      'https://slack.com/team_id': team.id,
      'https://slack.com/team_name': team.name,
      ...standardClaims(person, room, token),
    }),
  },
  refuse,
  oidc: {
    jwksPath: '/openid/connect/keys',
    claims: (person, room, token) => ({
      'https://slack.com/user_id': userId(person),
      'https://slack.com/team_id': team.id,
      ...standardClaims(person, room, token),
    }),
  },
  endpoints: {
    authorization: '/openid/connect/authorize',
    token: '/api/openid.connect.token',
    userinfo: '/api/openid.connect.userInfo',
    api: '/api',
  },
  more: mountAuth,
});
