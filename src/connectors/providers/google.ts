import type { AuthorizeOptions } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oidc, standardClaims } from '../contract/declare.ts';
import { UpstreamError } from '../contract/failures.ts';
import { nativeAudienceOption } from '../contract/options.ts';
import type { Callback, Registration } from '../contract/registration.ts';
import type { JsonObject } from '../contract/wire.ts';
import { googleSignals } from './signals/google.ts';

/** ID tokens may name the issuer with or without its scheme. */
const bare = (issuer: string) => issuer.replace(/^https?:\/\//, '');

const api = 'https://www.googleapis.com/auth/';

/** All files, but not the folder that each app has for itself (`drive.appdata`). */
const driveParts = /^\.(readonly|file|metadata(\.readonly)?)$/;

/** An API's own scope includes its `.readonly` one; what else is below it, only where Google says so. */
function googleIncludes(wide: string, narrow: string): boolean {
  if (wide === 'https://mail.google.com/') return /^gmail\.(?!settings)/.test(narrow.replace(api, ''));
  if (!wide.startsWith(api)) return false;
  if (wide === `${api}drive`) return driveParts.test(narrow.replace(wide, ''));
  return narrow === `${wide}.readonly` || (wide === `${api}calendar` && narrow.startsWith(`${wide}.`));
}

export const google = oidc({
  provider: 'google',
  title: { en: 'Google', zh: 'Google' },
  issuer: 'https://accounts.google.com',
  endpoints: {
    authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    userinfo: 'https://openidconnect.googleapis.com/v1/userinfo',
    revocation: 'https://oauth2.googleapis.com/revoke',
    jwks: 'https://www.googleapis.com/oauth2/v3/certs',
    api: 'https://www.googleapis.com',
  },
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
        'The Google Workspace domain whose people may sign in; `*` for those of any. Without it, everybody.',
      pattern: /^(\*|(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})$/,
    },
  },
  forOptions: ({ hosted_domain: hd }) =>
    hd === undefined ? {} : { authorizeParameters: (ask) => ({ ...asking(ask), hd }) },
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
    // A refresh token that is not used for six months dies.
    keepAlive: 60 * 86_400,
  },
  classify: classifyByWords({
    dead: { invalid_rapt: 'rejected' },
    misconfigured: ['disabled_client', 'deleted_client', 'org_internal'],
  }),
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: asking,
  account,
});

function asking({ loginHint, forceLogin, forceConsent }: AuthorizeOptions): Record<string, string> {
  return {
    // A refresh token comes with offline access only, and only at the first consent. Asking for consent again burns
    // one of the hundred refresh tokens an account may hold per client, so plain sign-ins do not.
    access_type: 'offline',
    include_granted_scopes: 'true',
    ...(forceConsent ? { prompt: 'consent' } : forceLogin && { prompt: 'select_account' }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
  };
}

/** The parameter `hd` only suggests; whose account it is, the claim says. @throws UpstreamError */
function account(claims: JsonObject, callback: Callback, { options }: Pick<Registration, 'options'>) {
  const { hosted_domain: wanted } = options;
  const fits = wanted === '*' ? typeof claims.hd === 'string' && claims.hd !== '' : claims.hd === wanted;
  if (wanted !== undefined && !fits)
    throw new UpstreamError('profile', { kind: 'unknown' }, { code: 'hosted_domain' });
  return standardClaims(claims, callback, { options });
}
