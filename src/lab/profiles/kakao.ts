import type { PageProblem } from '../authorize/rules.ts';
import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { bearer, json, type Reply } from '../core/wire.ts';
import { mountDiscovery } from '../engines/oidc.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

/** The id of the application, whose clients also have keys. */
const appId = '1050105';

const restKey = derived('kakao rest api key', 32, alphabets.hex);
const jwksPath = '/.well-known/jwks.json';

const known = ['openid', 'profile_nickname', 'profile_image', 'account_email', 'talk_message'];

export const kakao = standardProfile({
  name: 'kakao',
  title: 'Kakao',
  provider: 'kakao',
  clientId: restKey,
  clientSecret: derived('kakao client secret', 32),
  rotation: 'single-use',
  mint: {
    code: () => random(86, alphabets.base64url),
    access: () => random(54, alphabets.base64url),
    refresh: () => random(54, alphabets.base64url),
  },
  subject: (person) => String(kakaoId(person)),
  authorize: {
    path: '/oauth/authorize',
    required: ['response_type'],
    scopeSeparator: /[ ,]+/,
    knownScope: (scope) => known.includes(scope),
    complain: 'page',
    errorPage: (problem, detail) => ({
      status: 400,
      heading: '앱 관리자 설정 오류',
      text: `${pages[problem] ?? 'KOE033'} ${detail}`,
    }),
    untickable: (scope) => scope !== 'profile_nickname',
  },
  token: {
    path: '/oauth/token',
    clientAuth: ['post'],
    life: { access: 21_599, refresh: 5_183_999 },
    repeatsRefreshToken: false,
    refreshSlides: true,
    // One month before the end.
    rotatesInLast: 30 * 86_400,
  },
  answer: (fields, { refresh }, room) => ({
    ...fields,
    token_type: 'bearer',
    ...(refresh !== undefined && { refresh_token_expires_in: secondsLeft(room, refresh) }),
  }),
  userinfo: {
    path: '/v2/user/me',
    methods: ['GET', 'POST'],
    body: (person, room, { scopes }) => ({
      id: kakaoId(person),
      connected_at: '2026-01-01T00:00:00Z',
      kakao_account: accountOf(person, room, scopes),
    }),
  },
  refuse: (problem, _call, detail) => errors[problem]?.(detail) ?? refusal(400, 'invalid_request', 'KOE001'),
  endpoints: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    userinfo: '/v2/user/me',
    issuer: '',
    jwks: jwksPath,
    api: '',
  },
  options: { native_audience: `${appId} ${restKey}` },
  sdkScopes: ['profile_nickname', 'account_email'],
  more(room) {
    mountKeys(room);
    mountUnlink(room);
    mountTokenInfo(room);
  },
});

/** Returns the account. A withheld field is absent; its `…_needs_agreement` flag is there. */
function accountOf(person: Person, room: Room, scopes: readonly string[]) {
  const { name, email, emailVerified } = person;
  const mayMail = scopes.includes('account_email');
  const mail = { is_email_valid: true, is_email_verified: emailVerified, email };
  return {
    profile_nickname_needs_agreement: !scopes.includes('profile_nickname'),
    profile_image_needs_agreement: !scopes.includes('profile_image'),
    profile: {
      ...(scopes.includes('profile_nickname') && { nickname: name }),
      ...(scopes.includes('profile_image') && {
        profile_image_url: room.picture(person),
        is_default_image: false,
      }),
    },
    has_email: email !== null,
    email_needs_agreement: !mayMail,
    ...(mayMail && email !== null && mail),
  };
}

/** Mounts the keys: OpenID Connect is enabled in the console, so the SDKs give ID tokens too. */
function mountKeys(room: Room): void {
  const metadata = () => ({
    issuer: room.base(),
    authorization_endpoint: `${room.base()}/oauth/authorize`,
    token_endpoint: `${room.base()}/oauth/token`,
    userinfo_endpoint: `${room.base()}/v1/oidc/userinfo`,
    jwks_uri: room.base() + jwksPath,
    id_token_signing_alg_values_supported: ['RS256'],
  });
  mountDiscovery(room, { jwksPath, metadata });
}

function mountUnlink(room: Room): void {
  room.route({
    kind: 'revoke',
    methods: ['POST'],
    path: '/v1/user/unlink',
    handle: (call) => {
      const token = requireToken(room, bearer(call));
      room.ledger.endGrant(room.grant(token), 'revoked_by_client');
      return json({ id: kakaoId(room.person(token.user)) });
    },
  });
}

function mountTokenInfo(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/v1/user/access_token_info',
    handle: (call) => {
      const token = requireToken(room, bearer(call));
      const app_id = token.clientId === room.profile.clientId ? Number(appId) : 999;
      return json({ id: kakaoId(room.person(token.user)), expires_in: secondsLeft(room, token), app_id });
    },
  });
}

const pages: Partial<Record<PageProblem, string>> = { client: 'KOE101', redirect: 'KOE006', scope: 'KOE205' };

function refusal(status: number, error: string, error_code: string, error_description = error): Reply {
  return json({ error, error_description, error_code }, status);
}

const badCode = () => refusal(400, 'invalid_grant', 'KOE320', 'authorization code not found');
const badRefresh = () => refusal(400, 'invalid_grant', 'KOE322', 'expired_or_invalid_refresh_token');
const badToken = () => json({ msg: 'this access token does not exist', code: -401 }, 401);

const errors: Partial<Record<string, (detail: string) => Reply>> = {
  client_unknown: () => refusal(401, 'invalid_client', 'KOE101', 'Not exist client_id'),
  client_secret: () => refusal(401, 'invalid_client', 'KOE010', 'Bad client credentials'),
  missing: (detail) =>
    detail === 'refresh_token'
      ? refusal(400, 'invalid_grant', 'KOE319', 'refresh token is missing')
      : refusal(401, 'invalid_client', 'KOE010', `${detail} is missing`),
  code_unknown: badCode,
  code_used: badCode,
  code_expired: badCode,
  redirect_mismatch: () => refusal(400, 'invalid_grant', 'KOE303', 'Redirect URI mismatch.'),
  refresh_unknown: badRefresh,
  refresh_expired: badRefresh,
  refresh_revoked: badRefresh,
  token_missing: badToken,
  token_unknown: badToken,
  token_expired: badToken,
  token_revoked: badToken,
  scope: () => json({ msg: 'insufficient scopes.', code: -402 }, 403),
  verifier: () => refusal(400, 'invalid_grant', 'KOE320', 'the code_verifier is wrong'),
  busy: () => json({ msg: 'service is not available', code: -1 }, 503),
};

function kakaoId(person: Person): number {
  return 1_000_000_000 + Number(derived(`kakao id ${person.id}`, 9, alphabets.digits));
}
