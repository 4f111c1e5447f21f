import { alphabets, derived, random } from '../core/mint.ts';
import type { Problem } from '../core/refusal.ts';
import { Refusal } from '../core/refusal.ts';
import { bearer, type Call, json, type Reply } from '../core/wire.ts';
import { rfcDialect } from '../engines/rfc-dialect.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile } from '../profile.ts';

const known = [
  'identity',
  'edit',
  'flair',
  'history',
  'mysubreddits',
  'privatemessages',
  'read',
  'report',
].concat([
  'save',
  'submit',
  'subscribe',
  'vote',
  'wikiread',
  'wikiedit',
  'account',
  'creddits',
  'livemanage',
]);

/** An empty body that is declared as JSON. */
const emptyJson: Reply = {
  status: 200,
  encoding: 'text',
  body: '',
  headers: { 'content-type': 'application/json; charset=UTF-8' },
};

export const reddit: Profile = standardProfile({
  name: 'reddit',
  title: 'Reddit',
  provider: 'reddit',
  clientId: derived('reddit client id', 22),
  clientSecret: derived('reddit client secret', 30),
  mint: {
    code: () => random(27, alphabets.base64url),
    access: () => random(600, alphabets.base64url),
    refresh: () => `${random(12, alphabets.digits)}-${random(30, alphabets.base64url)}`,
  },
  subject: (person) => derived(`reddit id ${person.id}`, 8, '0123456789abcdefghijklmnopqrstuvwxyz'),
  refuse,
  authorize: {
    path: '/api/v1/authorize',
    required: ['response_type', 'scope', 'state', 'duration'],
    scopeSeparator: /[ ,]+/,
    knownScope: (scope) => known.includes(scope),
    challenge: 'ignored',
    offline: ({ query }) => query.get('duration') === 'permanent',
  },
  token: {
    path: '/api/v1/access_token',
    clientAuth: ['basic'],
    pkce: 'ignored',
    repeatsRefreshToken: false,
    life: { access: 3600, refresh: null },
    as: introduced,
  },
  answer: (fields) => ({ ...fields, token_type: 'bearer' }),
  userinfo: {
    path: '/api/v1/me',
    scopes: ['identity'],
    token: (call) => bearer(introduced(call)),
    body: (person, room, { clientId }) => ({
      id: room.profile.subject(person, clientId),
      name: person.handle,
      icon_img: `${room.picture(person)}?width=256&amp;s=1`,
      has_verified_email: person.emailVerified,
      created_utc: 1_500_000_000,
    }),
  },
  revocation: { path: '/api/v1/revoke_token', as: introduced, answer: emptyJson },
  endpoints: {
    authorization: '/api/v1/authorize',
    token: '/api/v1/access_token',
    userinfo: '/api/v1/me',
    revocation: '/api/v1/revoke_token',
    api: '',
  },
});

const defaultAgents = /^(?:node|undici|axios|curl|python|java|okhttp|oauth4webapi|openid-client)/i;

/** Sends 429 to requests without a User-Agent, or with a default one. */
function introduced(call: Call): Call {
  const agent = call.header('user-agent');
  if (!agent || defaultAgents.test(agent)) throw new Refusal('busy', 'user agent');
  return call;
}

const words = rfcDialect({ busy: [429, 'Too Many Requests', 'Too Many Requests'] });
const spent: readonly Problem[] = [
  'code_unknown',
  'code_used',
  'code_expired',
  'redirect_mismatch',
  'refresh_revoked',
];

function refuse(problem: Problem, call: Call, detail: string): Reply {
  // The only error with status 200.
  if (spent.includes(problem)) return json({ error: 'invalid_grant' });
  if (problem.startsWith('client_')) return json({ message: 'Unauthorized', error: 401 }, 401);
  if (problem.startsWith('refresh_')) return json({ message: 'Bad Request', error: 400 }, 400);
  if (problem.startsWith('token_')) return json({ message: 'Unauthorized', error: 401 }, 401);
  return words(problem, call, detail);
}
