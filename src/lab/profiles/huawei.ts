import type { Token } from '../core/ledger-types.ts';
import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { type Problem, Refusal } from '../core/refusal.ts';
import { json, type Reply } from '../core/wire.ts';
import { requireForm } from '../engines/form-only.ts';
import { oidcProfile, standardClaims } from '../engines/oidc-profile.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import type { Profile, Room } from '../profile.ts';

const restPath = '/rest.php';

const known = ['openid', 'profile', 'email', 'https://www.huawei.com/auth/account/base.profile'];
const coded = `${alphabets.base64url.slice(0, 62)}+/`;

const profile = oidcProfile({
  name: 'huawei',
  title: 'HUAWEI ID',
  provider: 'huawei',
  clientId: '105010501',
  clientSecret: derived('huawei client secret', 64, alphabets.hex),
  rotation: 'single-use',
  mint: {
    // Characters that a form must encode.
    code: () => `DQB6e3x9zFqHIfkHR2ctp+/${random(60, coded)}=`,
    access: () => `DwEF${random(100, coded)}=`,
    refresh: () => `DwFf${random(100, coded)}=`,
  },
  subject: (person) => `MDF${derived(`huawei union id ${person.id}`, 40)}`,
  authorize: {
    path: '/oauth2/v3/authorize',
    required: ['response_type', 'scope'],
    knownScope: (scope) => known.includes(scope),
    codeSeconds: 300,
    offline: ({ query }) => query.get('access_type') === 'offline',
  },
  token: {
    path: '/oauth2/v3/token',
    clientAuth: ['post'],
    life: { access: 3600, refresh: 180 * 86_400 },
    refreshSlides: true,
  },
  revocation: { path: '/oauth2/v3/revoke', reach: 'grant' },
  refuse: (problem, call, detail) => {
    if (call.path.includes(restPath)) return restRefusal(problem);
    const sub_error =
      problem === 'missing' && detail === 'client_secret' ? 20_085 : (subErrors[problem] ?? 20_001);
    return json(
      { sub_error, error_description: `${problem} ${detail}`, error: 1101 },
      problem === 'busy' ? 503 : 400,
    );
  },
  oidc: {
    // The issuer and its metadata have different addresses.
    issuer: (room) => `${room.base()}/accounts`,
    jwksPath: '/oauth2/v3/certs',
    claims: (person, room, token) => ({
      ...standardClaims(person, room, token),
      openid: openidOf(person, token),
    }),
  },
  more: mountRest,
});

export const huawei: Profile = {
  ...profile,
  endpoints: { ...profile.endpoints, issuer: '/accounts', api: '' },
};

/** Mounts the one address of all calls, which differ in `nsp_svc`. The token is in the body. */
function mountRest(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['POST'],
    path: restPath,
    handle: (call) => {
      requireForm(call);
      const token = requireToken(room, call.form.get('access_token') ?? undefined);
      const person = room.person(token.user);
      const unionId = room.profile.subject(person, token.clientId);
      const openId = openidOf(person, token);
      switch (call.query.get('nsp_svc')) {
        case 'GOpen.User.getInfo':
          return said({
            openID: openId,
            unionID: unionId,
            headPictureURL: room.picture(person),
            displayName: call.form.get('getNickName') === '1' ? person.name : '186******00',
          });
        case 'huawei.oauth2.user.getTokenInfo':
          return said({
            union_id: unionId,
            open_id: openId,
            scope: token.scopes.join(' '),
            expire_in: secondsLeft(room, token),
            client_id: token.clientId,
          });
        default:
          throw new Refusal('request');
      }
    },
  });
}

const said = (body: unknown): Reply => ({ status: 200, encoding: 'json-as-text', body });

/** Returns an error with status 200; the code is in a header. */
function restRefusal(problem: Problem): Reply {
  const status = restErrors[problem] ?? 105;
  return { ...said({ error: problem }), headers: { NSP_STATUS: String(status) } };
}

const restErrors: Partial<Record<Problem, number>> = {
  token_expired: 6,
  token_missing: 102,
  token_unknown: 102,
  token_revoked: 31_204,
  scope: 403,
  busy: 1302,
};

function openidOf(person: Person, { clientId }: Token): string {
  return `MDE${derived(`huawei openid ${clientId} ${person.id}`, 40)}`;
}

const subErrors: Partial<Record<Problem, number>> = {
  client_unknown: 20_002,
  client_secret: 12_304,
  code_unknown: 20_152,
  code_expired: 20_155,
  code_used: 20_156,
  redirect_mismatch: 20_024,
  refresh_unknown: 20_192,
  refresh_expired: 20_193,
  refresh_revoked: 20_194,
};
