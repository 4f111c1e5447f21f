import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import type { Problem } from '../core/refusal.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, json, type Reply } from '../core/wire.ts';
import { type RfcError, rfcDialect } from '../engines/rfc-dialect.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile, Room } from '../profile.ts';

const badCode: RfcError = [400, 'invalid_request', 'Value passed for the authorization code was invalid.'];
const badToken: RfcError = [400, 'invalid_request', 'Value passed for the token was invalid.'];
const noHeader: RfcError = [401, 'unauthorized_client', 'Missing valid authorization header'];

const words = rfcDialect({
  client_unknown: noHeader,
  client_secret: noHeader,
  code_unknown: badCode,
  code_used: badCode,
  code_expired: badCode,
  redirect_mismatch: [
    400,
    'invalid_request',
    'Value passed for the redirect uri did not match the uri of the authorization code.',
  ],
  verifier: [400, 'invalid_request', 'Value passed for the code verifier did not match the code challenge.'],
  refresh_unknown: badToken,
  refresh_expired: badToken,
  refresh_revoked: badToken,
});

const known =
  /^(?:tweet|users|follows|space|mute|like|list|block|bookmark|dm)\.(?:read|write)$|^users\.email$|^media\.write$/;

export const x: Profile = standardProfile({
  name: 'x',
  title: 'X',
  provider: 'x',
  clientId: derived('x client id', 34),
  rotation: 'reuse-kills-family',
  mint: {
    code: () => random(91),
    access: () => random(91),
    refresh: () => random(91),
  },
  subject: (person) => `1${derived(`x id ${person.id}`, 18, alphabets.digits)}`,
  refuse,
  authorize: {
    path: '/i/oauth2/authorize',
    challenge: 'required',
    required: ['response_type', 'scope', 'state'],
    codeSeconds: 30,
    knownScope: (scope) =>
      scope === 'offline.access' || scope === 'tweet.moderate.write' || known.test(scope),
    offline: ({ scopes }) => scopes.includes('offline.access'),
  },
  token: {
    path: '/2/oauth2/token',
    clientAuth: ['basic'],
    life: { access: 7200, refresh: 180 * 86_400 },
    refreshSlides: true,
  },
  answer: (fields) => ({ ...fields, token_type: 'bearer' }),
  userinfo: { path: '/2/users/me', scopes: ['users.read'], body: me },
  revocation: { path: '/2/oauth2/revoke', answer: json({ revoked: true }) },
  endpoints: {
    authorization: '/i/oauth2/authorize',
    token: '/2/oauth2/token',
    userinfo: '/2/users/me',
    revocation: '/2/oauth2/revoke',
    api: '/2',
  },
});

type Asked = { readonly scopes: readonly string[]; readonly call: Call; readonly clientId: string };

/** Returns these three fields and the requested ones. */
function me(person: Person, room: Room, { scopes, call, clientId }: Asked): unknown {
  if (!scopes.includes('tweet.read')) throw new Refusal('scope', 'tweet.read');
  const fields = call.query.get('user.fields')?.split(',') ?? [];
  const confirmed = fields.includes('confirmed_email') && scopes.includes('users.email');
  return {
    data: {
      id: room.profile.subject(person, clientId),
      name: person.name,
      username: person.handle.replaceAll('-', '_'),
      ...(fields.includes('profile_image_url') && { profile_image_url: room.picture(person) }),
      ...(confirmed && person.email !== null && person.emailVerified && { confirmed_email: person.email }),
    },
  };
}

/** Returns an error; those of the API have the format of RFC 9457. */
function refuse(problem: Problem, call: Call, detail: string): Reply {
  if (!call.path.includes('/2/users/')) return words(problem, call, detail);
  const [status, title] =
    problem === 'scope'
      ? [403, 'Forbidden']
      : problem === 'busy'
        ? [503, 'Service Unavailable']
        : [401, 'Unauthorized'];
  return json({ title, type: 'about:blank', status, detail: title }, Number(status));
}
