import type { JsonObject } from '../../kit/exact-json.ts';
import { asRefusal, bodyOf } from '../contract/answer-json.ts';
import { oidc } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { familyOption } from '../contract/options.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';

export const huawei = oidc({
  provider: 'huawei',
  title: { en: 'HUAWEI ID', zh: '华为账号' },
  homeMarket: 'china',
  pinyin: 'hua wei',
  accountName: { en: 'HUAWEI ID', zh: '华为账号' },
  platform: { en: 'Huawei', zh: '华为' },
  // The metadata and keys are at another host.
  issuer: 'https://accounts.huawei.com',
  endpoints: {
    authorization: 'https://oauth-login.cloud.huawei.com/oauth2/v3/authorize',
    token: 'https://oauth-login.cloud.huawei.com/oauth2/v3/token',
    revocation: 'https://oauth-login.cloud.huawei.com/oauth2/v3/revoke',
    jwks: 'https://oauth-login.cloud.huawei.com/oauth2/v3/certs',
    api: 'https://account.cloud.huawei.com',
  },
  sharedId: 'huawei:union_id',
  sharedIdIsSubject: true,
  alternates: ['huawei:openid'],
  options: { family: familyOption },
  scopes: { default: ['openid', 'profile', 'email'], separator: ' ' },
  email: 'vouched',
  registrationRules: { clientId: /^\d+$/ },
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  idTokenAlgorithms: ['RS256', 'PS256'],
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 3600,
    refreshLifetime: 180 * 86_400,
    keepAlive: 120 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  // Without it no refresh token is issued.
  authorizeParameters: () => ({ access_type: 'offline' }),
  rewrite: { response: rewriteAnswer },
  classify,
  account: accountOf,
});

/** Classifies Huawei's numeric codes. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const { error, sub_error } = bodyOf(answer) ?? {};
  if (typeof error !== 'number') return answer;
  return asRefusal(answer, { error: `huawei_${error}`, sub_error: sub_error ?? null });
}

function classify({ body: { sub_error: code } }: FailureSigns): Failure | undefined {
  if (typeof code !== 'number') return undefined;
  switch (code) {
    case 20152:
    case 20155:
    case 20156:
    case 20158:
      return { kind: 'code-spent' };
    case 12304:
    case 20002:
    case 20003:
    case 20023:
    case 20024:
    case 20085:
    case 20154:
    case 20171:
    case 20172:
      return { kind: 'misconfigured' };
    default:
      // Only the first two codes of this range are published: an empty and a malformed refresh token.
      return code >= 20192 && code <= 20199
        ? { kind: 'grant-dead', reason: 'rejected' }
        : { kind: 'unknown' };
  }
}

function accountOf({ sub, openid, name, display_name, picture, email, email_verified }: JsonObject) {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const openId = text(openid);
  return {
    // The union id, which is the same in all apps of one developer; `openid` is specific to this app.
    subject: text(sub) ?? '',
    alternates: { 'huawei:union_id': text(sub) ?? '', ...(openId && { 'huawei:openid': openId }) },
    name: text(name) ?? text(display_name),
    picture: text(picture),
    email: text(email),
    emailVerified: email_verified === true,
  };
}
