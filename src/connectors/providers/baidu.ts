import { z } from 'zod';
import { asJson, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import { type Failure, type FailureSigns, UpstreamError } from '../contract/failures.ts';
import { familyOption } from '../contract/options.ts';
import { furtherId, shown } from '../contract/profile-fields.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

export const baidu = oauth2({
  provider: 'baidu',
  title: { en: 'Baidu', zh: '百度' },
  homeMarket: 'china',
  pinyin: 'bai du',
  issuer: 'https://openapi.baidu.com',
  endpoints: {
    authorization: 'https://openapi.baidu.com/oauth/2.0/authorize',
    token: 'https://openapi.baidu.com/oauth/2.0/token',
    userinfo: 'https://openapi.baidu.com/rest/2.0/passport/users/getInfo',
    api: 'https://openapi.baidu.com/rest/2.0',
  },
  sharedId: 'baidu:unionid',
  options: {
    family: familyOption,
    subject: {
      about: 'The id that identifies a person: openid, or userid for an old app that gets no openid.',
      default: 'openid',
      values: ['openid', 'userid'],
    },
    unionid: {
      about: 'The request for the id that is the same for all apps of one developer.',
      default: 'off',
      values: ['off', 'on'],
    },
  },
  forOptions: ({ subject }) => ({
    profileIds: { subject: subject === 'userid' ? 'userid' : 'openid', shared: 'unionid' },
  }),
  scopeWords: scopeWords({
    basic: ['see your user name and picture', '获取您的用户名和头像'],
    netdisk: ['see and change your files in Baidu Netdisk', '查看和管理您的百度网盘文件'],
  }),
  scopes: { default: ['basic'], separator: ' ' },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 30 * 86_400,
    refreshLifetime: 10 * 365 * 86_400,
  },
  transport: { in: 'query', name: 'access_token' },
  authorizeParameters: ({ forceLogin }) => ({ ...(forceLogin && { force_login: '1' }) }),
  rewrite: { response: withoutSessionSecret },
  classify,
  account,
  revoke,
  revokesBy: 'live-token',
});

/** Removes the secret of a signature scheme that the broker does not use. */
function withoutSessionSecret(answer: HttpAnswer): HttpAnswer {
  const { session_key: _key, session_secret: _secret, ...body } = bodyOf(answer) ?? {};
  return typeof body.access_token === 'string' ? asJson(answer, body) : answer;
}

function classify({ error, body }: FailureSigns): Failure | undefined {
  if (error === 'expired_token') return { kind: 'grant-dead', reason: 'expired' };
  // The API sends numeric codes, also with status 200.
  switch (Number(body.error_code ?? 0)) {
    case 0:
      return undefined;
    case 110:
      return { kind: 'grant-dead', reason: 'rejected' };
    case 111:
      return { kind: 'grant-dead', reason: 'expired' };
    default:
      return { kind: 'unknown' };
  }
}

const profile = z.object({
  openid: furtherId,
  userid: z
    .union([z.number().int().positive().transform(String), furtherId])
    .optional()
    .catch(undefined),
  unionid: furtherId,
  username: shown,
  portrait: z
    .string()
    .regex(/^[\w.-]{1,128}$/)
    .optional()
    .catch(undefined),
});

async function account({ tokens, registration, http }: AccountCall) {
  const { endpoints, options } = registration;
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/passport/users/getInfo`);
  const access_token = tokens.accessToken.reveal();
  const asked = { access_token, ...(options.unionid === 'on' && { get_unionid: '1' }) };
  url.search = new URLSearchParams(asked).toString();
  const { openid, userid, unionid, username, portrait } = profile.parse(await http.json('profile', url));
  return {
    // One id never replaces a missing other one, or the same person would get a second identity.
    subject: (options.subject === 'userid' ? userid : openid) ?? '',
    alternates: { ...(unionid && { 'baidu:unionid': unionid }) },
    name: username,
    picture: portrait && `https://himg.bdimg.com/sys/portrait/item/${portrait}`,
    email: undefined,
    emailVerified: false,
  };
}

async function revoke({ accessToken, registration: { endpoints }, http }: RevokeCall): Promise<void> {
  const url = new URL(`${endpoints.api}/passport/auth/revokeAuthorization`);
  url.search = new URLSearchParams({ access_token: accessToken.reveal() }).toString();
  const { result } = await http.json('revoke', url, { method: 'GET' });
  if (Number(result) !== 1) throw new UpstreamError('revoke', { kind: 'unknown' }, { code: 'not_revoked' });
}
