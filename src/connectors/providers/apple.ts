import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { type JsonObject, tryParse } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';
import { asJson, bodyOf } from '../contract/answer-json.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oidc } from '../contract/declare.ts';
import { UpstreamError } from '../contract/failures.ts';
import { nativeAudienceOption } from '../contract/options.ts';
import { shown } from '../contract/profile-fields.ts';
import type { Callback, Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest, RewriteContext } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { appleIssuers } from './apple/issuers.ts';
import { appleSignals } from './signals/apple.ts';

const own = 'https://appleid.apple.com';

const aDay = 86_400;

/** Sign in with Apple. The client secret of a connection is the private key in PEM, as downloaded from Apple. */
export const apple = oidc({
  provider: 'apple',
  title: { en: 'Apple', zh: 'Apple' },
  buttonWords: { en: 'Continue with Apple', zh: '通过 Apple 登录' },
  buttonLook: 'inked',
  issuer: own,
  endpoints: {
    authorization: `${own}/auth/authorize`,
    token: `${own}/auth/token`,
    revocation: `${own}/auth/revoke`,
    jwks: `${own}/auth/keys`,
    api: own,
  },
  manageAccess: { url: 'https://account.apple.com/' },
  scopeWords: scopeWords({
    name: ['see your name', '获取您的姓名'],
  }),
  scopes: { default: ['name', 'email'], separator: ' ' },
  options: {
    team_id: { about: 'The Team ID of your developer account.', required: true, pattern: /^[A-Z0-9]{10}$/ },
    key_id: { about: 'The Key ID of the private key.', required: true, pattern: /^[A-Z0-9]{10}$/ },
    native_audience: nativeAudienceOption,
  },
  native: { kinds: ['code', 'id_token'], issuers: appleIssuers },
  signals: appleSignals,
  callback: { mode: 'form_post' },
  email: 'vouched',
  registrationRules: { refusesRedirect: ['http', 'localhost', 'loopback-address'] },
  clientAuthentication: 'client_secret_post',
  mintClientSecret,
  pkce: 'unsupported',
  tokenIssuer: ({ iss }, { issuer }) => appleIssuers.find((other) => other === iss) ?? issuer,
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: aDay },
  classify: classifyByWords({ misconfigured: ['unauthorized_client', 'unsupported_grant_type'] }),
  transport: { in: 'header', name: 'Authorization' },
  // Apple requires form_post if the scopes include name or address.
  authorizeParameters: () => ({ response_mode: 'form_post' }),
  // Apple does not read a plus sign as a space.
  rewriteAuthorizeUrl: (url) => new URL(url.href.replaceAll('+', '%20')),
  rewrite: { request: withoutRedirect, response: withLifetimeOfADay },
  account,
});

/** Returns a client secret: Apple requires a short-lived JWT that is signed with the key. @throws UpstreamError */
async function mintClientSecret(
  { clientId, clientSecret, options }: Registration,
  now: Date,
): Promise<Secret> {
  try {
    const key = await importPKCS8(clientSecret?.reveal() ?? '', 'ES256');
    const seconds = Math.floor(now.getTime() / 1000);
    const jwt = new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: options.key_id ?? '' })
      .setIssuer(options.team_id ?? '')
      .setSubject(clientId)
      .setAudience(own)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 300);
    return new Secret(await jwt.sign(key));
  } catch {
    // Without the cause, which could hold parts of the key.
    throw new UpstreamError('exchange', { kind: 'misconfigured' }, { code: 'private_key' });
  }
}

/** Removes the redirect URI if the code came from an app's SDK, since no redirect took place. */
function withoutRedirect(request: HttpRequest, _registration: Registration, { callback }: RewriteContext) {
  if (callback.state === undefined) request.body.delete('redirect_uri');
  return request;
}

/**
 * Sets the lifetime to a day. The token opens no API; a refresh shows whether the grant is valid, and Apple allows one
 * a day.
 */
function withLifetimeOfADay(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf(answer);
  return body?.access_token === undefined ? answer : asJson(answer, { ...body, expires_in: aDay });
}

const person = z.object({
  sub: z.string().min(1),
  email: shown,
  email_verified: z
    .union([z.literal(true), z.literal('true')])
    .optional()
    .catch(undefined),
});

const nameParts = z.object({ name: z.object({ firstName: shown, lastName: shown }) });

/** Returns the account. The name comes unsigned, beside the first code only. An address there is ignored. */
function account(claims: JsonObject, { user = '' }: Callback) {
  const { sub, email, email_verified: verified } = person.parse(claims);
  const { firstName, lastName } = nameParts.safeParse(tryParse(user)).data?.name ?? {};
  const name = [firstName, lastName].filter((part) => part !== undefined).join(' ');
  return {
    subject: sub,
    alternates: {},
    name: name === '' ? undefined : name,
    picture: undefined,
    email,
    emailVerified: email !== undefined && verified !== undefined,
  };
}
