import { z } from 'zod';
import { asObject, tryParse } from '../../kit/exact-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { familyOption } from '../contract/options.ts';
import { furtherId, shown } from '../contract/profile-fields.ts';
import type { HttpAnswer, HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** TikTok Login Kit, version 2. */
export const tiktok = oauth2({
  provider: 'tiktok',
  title: { en: 'TikTok', zh: 'TikTok' },
  issuer: 'https://www.tiktok.com',
  // The trailing slashes are required.
  endpoints: {
    authorization: 'https://www.tiktok.com/v2/auth/authorize/',
    token: 'https://open.tiktokapis.com/v2/oauth/token/',
    userinfo: 'https://open.tiktokapis.com/v2/user/info/',
    revocation: 'https://open.tiktokapis.com/v2/oauth/revoke/',
    api: 'https://open.tiktokapis.com/v2',
  },
  sharedId: 'tiktok:union_id',
  options: {
    family: familyOption,
    pkce: {
      about:
        'The use of PKCE (S256, base64url). TikTok documents it for desktop and mobile, in another encoding.',
      values: ['none', 's256'],
      default: 'none',
    },
  },
  forOptions: ({ pkce }) => ({ pkce: pkce === 's256' ? 'supported' : 'unsupported' }),
  scopeWords: scopeWords({
    'user.info.basic': ['see your name and picture', '获取您的昵称和头像'],
    'user.info.profile': ['see your profile', '查看您的个人资料'],
    'user.info.stats': ['see your figures', '查看您的统计数据'],
    'video.list': ['see your videos', '查看您的视频'],
    'video.upload': ['upload drafts', '上传视频草稿'],
    'video.publish': ['publish videos as you', '以您的名义发布视频'],
  }),
  scopes: { default: ['user.info.basic'], separator: ',' },
  registrationRules: { refusesRedirect: ['http'] },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    // An answer may contain another refresh token. The documentation does not say whether the old one becomes invalid.
    rotation: 'single-use',
    accessLifetime: 86_400,
    refreshLifetime: 365 * 86_400,
    absoluteCap: 365 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  rewriteAuthorizeUrl: (url) => {
    renameClient(url.searchParams);
    return url;
  },
  rewrite: {
    request: (request: HttpRequest) => {
      renameClient(request.body);
      return request;
    },
    response: rewriteAnswer,
  },
  parameters: ({ extra }) => {
    const { data } = z.string().safeParse(extra.open_id);
    return data ? { open_id: data } : {};
  },
  classify,
  account,
  revoke,
  // The error for an expired token says only that it is invalid.
  revokesBy: 'live-token',
});

function renameClient(parameters: URLSearchParams): void {
  parameters.set('client_key', parameters.get('client_id') ?? '');
  parameters.delete('client_id');
}

/** Rewrites errors, which may come with status 200. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const error = asObject(tryParse(answer.text))?.error;
  const failed = typeof error === 'string' && error !== '';
  return failed ? { ...answer, status: Math.max(400, answer.status) } : answer;
}

/** Classifies the `error` that every answer of the API has; its code is `ok` on success. */
function classify({ step, status, error, body }: FailureSigns): Failure | undefined {
  // A revocation refused with status 200. At the token endpoint the rewritten answer already has another status.
  if (error !== undefined && error !== '' && status === 200) {
    if (error === 'invalid_client') return { kind: 'misconfigured' };
    const gone = step === 'revoke' && error === 'invalid_grant';
    return gone ? { kind: 'grant-dead', reason: 'rejected' } : { kind: 'unknown' };
  }
  const code = asObject(body.error)?.code;
  if (typeof code !== 'string' || code === 'ok' || status >= 400) return undefined;
  return { kind: 'unknown' };
}

const profile = z.object({
  data: z.object({
    user: z.object({
      open_id: z.string().min(1),
      union_id: furtherId,
      display_name: shown,
      avatar_url: shown,
    }),
  }),
});

async function account({ tokens, registration, http }: AccountCall) {
  const url = new URL(registration.endpoints.userinfo ?? `${registration.endpoints.api}/user/info/`);
  url.searchParams.set('fields', 'open_id,union_id,avatar_url,display_name');
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}` };
  const { user } = profile.parse(await http.json('profile', url, { headers })).data;
  return {
    // Specific to this app; the union id is the same for all apps of one developer.
    subject: user.open_id,
    alternates: { ...(user.union_id && { 'tiktok:union_id': user.union_id }) },
    name: user.display_name,
    picture: user.avatar_url,
    email: undefined,
    emailVerified: false,
  };
}

async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { endpoints, clientId, clientSecret } = registration;
  const body = new URLSearchParams({
    client_key: clientId,
    client_secret: clientSecret?.reveal() ?? '',
    token: accessToken.reveal(),
  });
  await http.done('revoke', new URL(endpoints.revocation ?? `${endpoints.api}/oauth/revoke/`), {
    method: 'POST',
    body,
  });
}
