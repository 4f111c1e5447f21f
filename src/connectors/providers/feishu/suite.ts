import { z } from 'zod';
import { asJson, asRefusal, bodyOf, numberOf } from '../../contract/answer-json.ts';
import type { AccountCall } from '../../contract/calls.ts';
import type { OAuth2Connector } from '../../contract/contract.ts';
import { oauth2 } from '../../contract/declare.ts';
import { familyOption } from '../../contract/options.ts';
import { furtherId, shown } from '../../contract/profile-fields.ts';
import type { HttpAnswer, HttpRequest } from '../../contract/rewrite.ts';
import type { UpstreamAccount } from '../../contract/upstream-sign-in.ts';
import { feishuWords } from '../words/feishu.ts';
import { classify } from './classify.ts';

/** The differences between Feishu and Lark. */
export interface SuiteOptions {
  readonly provider: string;
  readonly title: { readonly en: string; readonly zh: string };
  readonly pinyin?: string;
  readonly domain: 'feishu.cn' | 'larksuite.com';
}

/**
 * Declares Feishu or Lark: one product on two sets of hosts, which share neither apps nor accounts. The traits
 * are explained at their types (contract.ts, refresh-traits.ts).
 */
export function suite({ provider, title, pinyin, domain }: SuiteOptions): OAuth2Connector {
  const accounts = `https://accounts.${domain}`;
  const open = `https://open.${domain}`;
  return oauth2({
    provider,
    title,
    ...(domain === 'feishu.cn' && { homeMarket: 'china' as const }),
    ...(pinyin !== undefined && { pinyin }),
    issuer: accounts,
    endpoints: {
      authorization: `${accounts}/open-apis/authen/v1/authorize`,
      token: `${open}/open-apis/authen/v2/oauth/token`,
      userinfo: `${open}/open-apis/authen/v1/user_info`,
      api: open,
    },
    options: {
      family: familyOption,
      token_version: {
        // The documentation calls v2 outdated, but published libraries use it. v3 is unverified.
        about: 'The version of the token endpoint: v2, or the newer v3 on the accounts host.',
        default: 'v2',
        values: ['v2', 'v3'],
      },
    },
    forOptions: ({ token_version }) =>
      token_version === 'v3' ? { endpoints: { token: `${accounts}/oauth/v3/token` } } : {},
    // The subject is `open_id`, which differs from app to app. `union_id` is the same for all apps of one developer, so
    // a sign-in at another connection of the family finds the person by it (`sharedId`). An administrator can change
    // `user_id`, so it is stored for information only (`alternates`). `profileIds` tells an import which is which.
    sharedId: `${provider}:union_id`,
    alternates: [`${provider}:user_id`],
    profileIds: {
      subject: 'open_id',
      shared: 'union_id',
      within: ['data'],
      forms: { subject: /^ou_/, shared: /^on_/ },
    },
    // Both apps have `Lark/` in their user agent and Feishu's has `Feishu/` too, so each connector is preferred in
    // both.
    inApp: { userAgent: /\b(Lark|Feishu)\// },
    scopeWords: feishuWords,
    scopes: { default: ['offline_access'], separator: ' ' },
    email: 'unverified',
    clientAuthentication: 'client_secret_post',
    pkce: 'supported',
    refresh: {
      how: 'refresh_token',
      // A refresh token works once. A second use ends the grant with code 20073.
      rotation: 'reuse-kills-family',
      // Seconds: two hours, seven days, and a refresh of unused grants after four days.
      accessLifetime: 7200,
      refreshLifetime: 7 * 86_400,
      keepAlive: 4 * 86_400,
    },
    transport: { in: 'header', name: 'Authorization' },
    authorizeParameters: ({ forceConsent }) => ({ ...(forceConsent && { prompt: 'consent' }) }),
    rewrite: { request: rewriteRequest, response: rewriteAnswer },
    classify,
    account: (call) => account(provider, call),
  });
}

/** Rewrites the form of RFC 6749 into JSON, which this token endpoint expects. */
function rewriteRequest({ method, url, body }: HttpRequest) {
  const headers = new Headers({
    'content-type': 'application/json; charset=utf-8',
    accept: 'application/json',
  });
  return { method, url, headers, body: JSON.stringify(Object.fromEntries(body)) };
}

/** Rewrites the answer: `code: 0` comes with tokens, any other code is a refusal at any status. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf(answer);
  const code = numberOf(body?.code);
  if (!body || code === undefined) return answer;
  if (code === 0) return asJson(answer, body);
  const error = typeof body.error === 'string' ? body.error : `code_${code}`;
  return asRefusal(answer, { error, code });
}

const profile = z.object({
  data: z.object({
    open_id: z.string().min(1),
    union_id: furtherId,
    user_id: furtherId,
    tenant_key: furtherId,
    name: shown,
    avatar_url: shown,
    email: shown,
    enterprise_email: shown,
  }),
});

/**
 * Fetches the profile. `http` refuses an answer whose `code` is not 0, by `classify`. A connection can replace
 * `endpoints.userinfo`, or only `endpoints.api`.
 */
async function account(
  provider: string,
  { tokens, registration: { endpoints }, http }: AccountCall,
): Promise<UpstreamAccount> {
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/open-apis/authen/v1/user_info`);
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}`, accept: 'application/json' };
  const { data } = profile.parse(await http.json('profile', url, { headers }));
  const { union_id, user_id, tenant_key } = data;
  return {
    subject: data.open_id,
    alternates: {
      ...(union_id && { [`${provider}:union_id`]: union_id }),
      // Chosen by the administrators and unique within one organization only.
      ...(user_id && tenant_key && { [`${provider}:user_id`]: `${tenant_key}:${user_id}` }),
    },
    name: data.name,
    picture: data.avatar_url,
    // Entered by an administrator and not verified.
    email: data.email ?? data.enterprise_email,
    emailVerified: false,
  };
}
