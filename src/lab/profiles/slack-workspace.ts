import { alphabets, derived, random } from '../core/mint.ts';
import { param } from '../core/wire.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { standardProfile } from '../engines/standard.ts';
import { life, mint, mountAuth, refuse, team, userId } from './slack/web-api.ts';

const identity = (scope: string) => scope.startsWith('identity.');

/** An app with user tokens. The answers also contain a bot's token, which is not requested. */
export const slackWorkspace = standardProfile({
  name: 'slack-workspace',
  title: 'Slack workspace',
  provider: 'slack-workspace',
  clientId: '1050105010501.1050105010503',
  clientSecret: derived('slack workspace client secret', 32, alphabets.hex),
  scopeSeparator: ',',
  rotation: 'single-use',
  mint,
  subject: userId,
  authorize: {
    path: '/oauth/v2/authorize',
    scopeParam: 'user_scope',
    required: ['user_scope'],
    scopeSeparator: /,/,
    knownScope: (scope) => /^[a-z.]+(:[a-z.]+)*$/.test(scope),
    expandScopes: (scopes) =>
      scopes.every(identity) || !scopes.some(identity) ? scopes : ['Identity scopes go with no others'],
    challenge: 'ignored',
  },
  token: { path: '/api/oauth.v2.access', life, pkce: 'ignored' },
  answer: (_fields, { call, access, refresh }, room) => {
    const token = {
      access_token: access.value,
      token_type: 'user',
      scope: access.scopes.join(','),
      expires_in: secondsLeft(room, access),
      refresh_token: refresh?.value,
    };
    const about = { ok: true, app_id: 'A0105LAB', team, enterprise: null, is_enterprise_install: false };
    const id = userId(room.person(access.user));
    if (param(call, 'grant_type') === 'refresh_token') return { ...about, ...token, user_id: id };
    const bot = {
      access_token: `xoxb-${random(50)}`,
      token_type: 'bot',
      bot_user_id: 'U0BOT',
      scope: 'commands',
    };
    return { ...about, ...bot, authed_user: { id, ...token } };
  },
  userinfo: {
    path: '/api/users.identity',
    methods: ['GET', 'POST'],
    scopes: ['identity.basic'],
    body: (person, room, { scopes }) => ({
      ok: true,
      user: {
        id: userId(person),
        name: person.name,
        ...(scopes.includes('identity.email') && { email: person.email }),
        ...(scopes.includes('identity.avatar') && { image_192: room.picture(person) }),
      },
      team: { id: team.id },
    }),
  },
  refuse,
  endpoints: {
    authorization: '/oauth/v2/authorize',
    token: '/api/oauth.v2.access',
    userinfo: '/api/users.identity',
    api: '/api',
  },
  more: mountAuth,
});
