import type { Json } from '../../kit/exact-json.ts';
import type { ParametersCall } from '../contract/calls.ts';
import { oidc } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { shown } from '../contract/profile-fields.ts';
import { includesBy } from '../contract/scope-cover.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { shortId, spelledLike } from './salesforce/ids.ts';

const partOf = includesBy({
  api: ['chatter_api'],
  web: ['visualforce'],
  id: ['profile', 'email', 'address', 'phone'],
});

/** The ids of the organization and of the user. */
const idsInSub = /\/id\/(\w{15,18})\/(\w{15,18})$/;

/** An organization can end refresh tokens after thirty days without use. */
const keepAlive = 20 * 86_400;

/** Salesforce, at the common login host, a sandbox, or the company's own domain. */
export const salesforce = oidc({
  provider: 'salesforce',
  title: { en: 'Salesforce', zh: 'Salesforce' },
  ...addresses('login.salesforce.com'),
  options: {
    domain: {
      about: 'The host of the sign-in page: login.salesforce.com, test.salesforce.com, or your own domain.',
      default: 'login.salesforce.com',
      pattern: /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    },
    session_timeout: {
      about:
        'The number of seconds after which the organization ends a session, between 900 and 86400. No answer states it.',
      default: '7200',
      pattern: /^(9\d\d|[1-9]\d{3}|[1-7]\d{4}|8[0-5]\d{3}|86[0-3]\d\d|86400)$/,
    },
    refresh_token_rotation: {
      about: 'The refresh token rotation, as set for the app.',
      default: 'off',
      values: ['off', 'on'],
    },
  },
  forOptions: ({ domain = '', session_timeout, refresh_token_rotation }) => ({
    ...addresses(domain),
    refresh: {
      how: 'refresh_token',
      rotation: refresh_token_rotation === 'on' ? 'single-use' : 'static',
      accessLifetime: Number(session_timeout),
      keepAlive,
      doubts: true,
    },
  }),
  scopeWords: scopeWords({
    refresh_token: ['keep its access while you are away', '在您不使用时仍可继续访问'],
    api: ['read and change your data in Salesforce', '读取和修改您的 Salesforce 数据'],
    full: ['do all that you can in Salesforce', '代您使用 Salesforce 的全部功能'],
  }),
  scopes: {
    default: ['openid', 'profile', 'email', 'refresh_token'],
    separator: ' ',
    synonyms: { offline_access: 'refresh_token' },
    // `full` includes all other scopes, but no refresh token.
    cover: {
      includes: (wide, narrow) => (wide === 'full' ? narrow !== 'refresh_token' : partOf(wide, narrow)),
    },
  },
  email: 'vouched',
  exportedIds: {
    isSubject: (id) => /^\w{15,18}-\w{15,18}$/.test(id),
    // An ID token has the user's id in its `sub` alone.
    idsIn: ({ user_id = null, sub = null }) =>
      [user_id, idsInSub.exec(String(sub))?.[2]].flatMap((id) => [id, shortId(id)]),
    // A `sub` has both ids. Products that keep the user's id alone know the organization from the profile only.
    subjectOf: ({ id, profile: { organization_id, user_id = id } }) =>
      account(
        organization_id !== undefined && shortId(user_id) === shortId(id)
          ? { organization_id, user_id: spelledLike(organization_id, user_id) }
          : { sub: id },
      ).subject || undefined,
  },
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 7200, keepAlive, doubts: true },
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: [
    'sforce-auto-assign',
    'sforce-call-options',
    'sforce-duplicate-rule-header',
    'sforce-mru',
    'sforce-query-options',
  ],
  authorizeParameters: ({ loginHint, forceLogin, forceConsent }) => {
    const prompt = [forceLogin && 'login', forceConsent && 'consent'].filter(Boolean).join(' ');
    return { ...(prompt && { prompt }), ...(loginHint !== undefined && { login_hint: loginHint }) };
  },
  // The host of the organization's API. It can change, and every refresh states it.
  parameters: ({ extra }: ParametersCall) =>
    typeof extra.instance_url === 'string' ? { instance_url: extra.instance_url } : {},
  classify,
  account,
});

function addresses(domain: string) {
  const base = `https://${domain}`;
  return {
    issuer: base,
    endpoints: {
      authorization: `${base}/services/oauth2/authorize`,
      token: `${base}/services/oauth2/token`,
      userinfo: `${base}/services/oauth2/userinfo`,
      revocation: `${base}/services/oauth2/revoke`,
      jwks: `${base}/id/keys`,
      api: base,
    },
  };
}

function classify({ error }: FailureSigns): Failure | undefined {
  return error === 'invalid_client_id' ? { kind: 'misconfigured' } : undefined;
}

/**
 * Returns the account. `sub` is a URL with the sign-in host in it. The two ids in its path, which userinfo also has, are
 * the same at every host.
 */
function account(claims: Readonly<Record<string, Json>>) {
  const text = (name: string) => shown.parse(claims[name]);
  const [, organizationInSub, userInSub] = idsInSub.exec(text('sub') ?? '') ?? [];
  const organization = text('organization_id') ?? organizationInSub;
  const user = text('user_id') ?? userInSub;
  return {
    subject: organization && user ? `${organization}-${user}` : '',
    alternates: {},
    name: text('name'),
    picture: text('picture'),
    email: text('email'),
    emailVerified: claims.email_verified === true,
  };
}
