import { alphabets, derived, random } from '../core/mint.ts';
import { standardProfile } from '../engines/standard.ts';

const known = ['me', 'mail', 'offline'];

/** An invented provider with unusual names and formats, which the options of a connection can describe. */
export const oauth2 = standardProfile({
  name: 'oauth2',
  title: 'OAuth 2.0',
  provider: 'oauth2',
  clientId: derived('oauth2 client id', 16, alphabets.hex),
  clientSecret: derived('oauth2 client secret', 32),
  scopes: ['me', 'mail', 'offline'],
  scopeSeparator: ',',
  rotation: 'single-use',
  subject: (person) =>
    String(9_007_199_254_740_000_000n + BigInt(derived(`oauth2 id ${person.id}`, 6, '123456789'))),
  mint: { code: () => random(32), access: () => random(48), refresh: () => random(48) },
  authorize: {
    path: '/oauth/start',
    required: ['response_type', 'scope', 'audience'],
    scopeSeparator: /,/,
    knownScope: (scope) => known.includes(scope),
    challenge: 'required',
    untickable: (scope) => scope === 'mail',
    offline: ({ scopes }) => scopes.includes('offline'),
  },
  token: { path: '/oauth/trade', clientAuth: ['basic'], life: { access: 1800, refresh: 30 * 86_400 } },
  answer: (fields, { access }) => ({ ...fields, scope: access.scopes.join(',') }),
  userinfo: {
    path: '/api/whoami',
    scopes: ['me'],
    token: (call) => call.header('x-api-token')?.replace(/^Key /, ''),
    body: (person, room, { clientId, scopes }) => ({
      status: 'fine',
      result: [
        {
          person: {
            uid: room.profile.subject(person, clientId),
            label: person.name,
            faces: [{ href: room.picture(person) }],
          },
          ...(scopes.includes('mail') && {
            mail: { address: person.email, confirmed: person.emailVerified },
          }),
        },
      ],
    }),
  },
  revocation: { path: '/oauth/end' },
  endpoints: {
    issuer: '',
    authorization: '/oauth/start',
    token: '/oauth/trade',
    userinfo: '/api/whoami',
    revocation: '/oauth/end',
    api: '/api',
  },
  options: {
    scope_separator: 'comma',
    authorize_parameters: 'audience=whoami',
    subject_path: 'result.0.person.uid',
    name_path: 'result.0.person.label',
    picture_path: 'result.0.person.faces.0.href',
    email_path: 'result.0.mail.address',
    email_verified_path: 'result.0.mail.confirmed',
    rotation: 'single-use',
    token_name: 'X-Api-Token',
    token_scheme: 'Key',
  },
});
