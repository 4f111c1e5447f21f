import type { JsonObject } from '../../kit/exact-json.ts';
import type { AuthorizeOptions } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oidc, standardClaims } from '../contract/declare.ts';
import { UpstreamError } from '../contract/failures.ts';
import { nativeAudienceOption } from '../contract/options.ts';
import type { Callback, Registration } from '../contract/registration.ts';
import { googleSignals } from './signals/google.ts';
import { googleWords } from './words/google.ts';

/** Returns an issuer without its scheme, since ID tokens may omit it. */
const bare = (issuer: string) => issuer.replace(/^https?:\/\//, '');

const api = 'https://www.googleapis.com/auth/';

/** The scopes that `drive` includes: all but the app's own folder (`drive.appdata`). */
const driveParts = /^\.(readonly|file|metadata(\.readonly)?)$/;

/** Whether one scope includes another: the `.readonly` one of an API, and others only where Google documents it. */
function googleIncludes(wide: string, narrow: string): boolean {
  if (wide === 'https://mail.google.com/') return /^gmail\.(?!settings)/.test(narrow.replace(api, ''));
  if (!wide.startsWith(api)) return false;
  if (wide === `${api}drive`) return driveParts.test(narrow.replace(wide, ''));
  return narrow === `${wide}.readonly` || (wide === `${api}calendar` && narrow.startsWith(`${wide}.`));
}

export const google = oidc({
  provider: 'google',
  title: { en: 'Google', zh: 'Google' },
  // Error `disallowed_useragent`.
  worksNotIn: { webView: 'refused' },
  buttonLook: 'coloured',
  buttonWords: { en: 'Continue with Google', zh: '使用 Google 账号登录' },
  issuer: 'https://accounts.google.com',
  endpoints: {
    authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    userinfo: 'https://openidconnect.googleapis.com/v1/userinfo',
    revocation: 'https://oauth2.googleapis.com/revoke',
    jwks: 'https://www.googleapis.com/oauth2/v3/certs',
    api: 'https://www.googleapis.com',
  },
  manageAccess: { url: 'https://myaccount.google.com/connections' },
  scopeWords: googleWords,
  scopes: {
    default: ['openid', 'email', 'profile'],
    separator: ' ',
    synonyms: {
      'https://www.googleapis.com/auth/userinfo.email': 'email',
      'https://www.googleapis.com/auth/userinfo.profile': 'profile',
    },
    cover: { includes: googleIncludes },
  },
  options: {
    native_audience: nativeAudienceOption,
    hosted_domain: {
      about:
        'The Google Workspace domain whose members may sign in; `*` for any domain. Without it, all accounts may.',
      pattern: /^(\*|(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})$/,
    },
  },
  forOptions: ({ hosted_domain: hd }) =>
    hd === undefined ? {} : { authorizeParameters: (ask) => ({ ...requestParameters(ask), hd }) },
  native: { kinds: ['id_token'], issuers: ['accounts.google.com'] },
  tokenIssuer: ({ iss }, { issuer }) => (iss === bare(issuer) ? bare(issuer) : issuer),
  signals: googleSignals,
  registrationRules: { clientId: /\.apps\.googleusercontent\.com$/ },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  statesIssuer: true,
  refresh: {
    how: 'refresh_token',
    rotation: 'static',
    narrows: true,
    accessLifetime: 3600,
    // A refresh token expires after six months without use.
    keepAlive: 60 * 86_400,
  },
  classify: classifyByWords({
    dead: { invalid_rapt: 'rejected' },
    misconfigured: ['disabled_client', 'deleted_client', 'org_internal'],
  }),
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: [
    'x-goog-api-client',
    'x-goog-user-project',
    'x-goog-request-params',
    'x-goog-fieldmask',
    'x-goog-upload-protocol',
    'x-goog-upload-command',
    'x-goog-upload-offset',
    'x-goog-upload-file-name',
    'x-goog-upload-content-type',
    'x-goog-upload-raw-size',
    'x-server-timeout',
  ],
  authorizeParameters: requestParameters,
  account,
});

function requestParameters({
  loginHint,
  forceLogin,
  forceConsent,
}: AuthorizeOptions): Record<string, string> {
  return {
    // A refresh token is issued only with offline access, and only at the first consent. Another consent uses up one of
    // the hundred refresh tokens per account and client, so plain sign-ins do not request it.
    access_type: 'offline',
    include_granted_scopes: 'true',
    ...(forceConsent ? { prompt: 'consent' } : forceLogin && { prompt: 'select_account' }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
  };
}

/** Returns the account, and checks the claim `hd`: the parameter is only a hint for the page. @throws UpstreamError */
function account(claims: JsonObject, callback: Callback, { options }: Pick<Registration, 'options'>) {
  const { hosted_domain: wanted } = options;
  const fits = wanted === '*' ? typeof claims.hd === 'string' && claims.hd !== '' : claims.hd === wanted;
  if (wanted !== undefined && !fits)
    throw new UpstreamError('profile', { kind: 'unknown' }, { code: 'hosted_domain' });
  return standardClaims(claims, callback, { options });
}
