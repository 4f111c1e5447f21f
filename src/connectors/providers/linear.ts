import { z } from 'zod';
import { asJson, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { bearer } from '../contract/fetch-profile.ts';
import { pkceFor, pkceOption } from '../contract/options.ts';
import { shown } from '../contract/profile-fields.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

export const linear = oauth2({
  provider: 'linear',
  title: { en: 'Linear', zh: 'Linear' },
  issuer: 'https://linear.app',
  endpoints: {
    authorization: 'https://linear.app/oauth/authorize',
    token: 'https://api.linear.app/oauth/token',
    userinfo: 'https://api.linear.app/graphql',
    revocation: 'https://api.linear.app/oauth/revoke',
    api: 'https://api.linear.app',
  },
  scopeWords: scopeWords({
    read: ['read your workspace', '读取您的工作区'],
    write: ['change your workspace', '修改您的工作区'],
    'issues:create': ['create issues', '创建议题'],
    'comments:create': ['write comments', '发表评论'],
  }),
  scopes: { default: ['read'], separator: ',' },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  options: pkceOption,
  forOptions: pkceFor,
  // Of two concurrent refreshes the later one gets invalid_grant, even if it took effect.
  refresh: { how: 'refresh_token', rotation: 'single-use', accessLifetime: 86_400, doubts: true },
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['public-file-urls-expire-in'],
  authorizeParameters: ({ forceConsent }) => ({ ...(forceConsent && { prompt: 'consent' }) }),
  rewrite: { response: rewriteAnswer },
  classify,
  account,
  revokesBy: 'live-token',
  revoke,
});

/** Normalizes the granted scopes, which come with commas, with spaces or as a list. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const { scope, ...body } = bodyOf(answer) ?? {};
  if (scope === undefined) return answer;
  const names = Array.isArray(scope) ? scope.map(String) : String(scope).split(/[\s,]+/);
  return asJson(answer, { ...body, scope: names.join(',') });
}

function classify({ step, status }: FailureSigns): Failure | undefined {
  return step === 'revoke' && status === 401 ? { kind: 'grant-dead', reason: 'expired' } : undefined;
}

const viewer = z.object({ id: z.string(), name: shown, email: shown, avatarUrl: shown });
const answer = z.object({ data: z.object({ viewer }) });

async function account({ tokens, registration, http }: AccountCall) {
  const { userinfo, api } = registration.endpoints;
  const asked = await http.json('profile', new URL(userinfo ?? api), {
    method: 'POST',
    headers: { ...bearer(tokens.accessToken), 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { id name email avatarUrl } }' }),
  });
  const { id, name, email, avatarUrl } = answer.parse(asked).data.viewer;
  return { subject: id, alternates: {}, name, picture: avatarUrl, email, emailVerified: false };
}

async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { revocation, api } = registration.endpoints;
  await http.done('revoke', new URL(revocation ?? api), { method: 'POST', headers: bearer(accessToken) });
}
