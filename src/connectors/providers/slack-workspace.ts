import { z } from 'zod';
import { asObject } from '../../kit/exact-json.ts';
import { asJson, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown } from '../contract/profile-fields.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { slackSignals } from './signals/slack.ts';
import {
  classify,
  exportedSlackIds,
  member,
  memberOf,
  refusalIn,
  revoke,
  slackOptions,
} from './slack/web-api.ts';

/** A person's own token for a workspace's API (OAuth v2, `user_scope`). No bot is installed. */
export const slackWorkspace = oauth2({
  provider: 'slack-workspace',
  title: { en: 'Slack workspace', zh: 'Slack 工作区' },
  platform: { en: 'Slack', zh: 'Slack' },
  issuer: 'https://slack.com',
  endpoints: {
    authorization: 'https://slack.com/oauth/v2/authorize',
    token: 'https://slack.com/api/oauth.v2.access',
    userinfo: 'https://slack.com/api/users.identity',
    api: 'https://slack.com/api',
  },
  sharedId: member,
  sharedIdIsSubject: true,
  exportedIds: exportedSlackIds,
  signals: slackSignals,
  options: slackOptions,
  forOptions: ({ team }) => (team === undefined ? {} : { authorizeParameters: () => ({ team }) }),
  scopeWords: scopeWords({
    'identity.basic': ['see your name', '获取您的姓名'],
    'identity.email': ['see your e-mail address', '获取您的邮箱地址'],
    'identity.avatar': ['see your picture', '获取您的头像'],
    'identity.team': ['see your workspace', '获取您所在的工作区'],
  }),
  scopes: { default: ['identity.basic', 'identity.email', 'identity.avatar'], separator: ',' },
  registrationRules: { refusesRedirect: ['http'] },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  // With token rotation the token lasts twelve hours and has a refresh token. Without it the token has no end.
  refresh: { how: 'refresh_token', rotation: 'single-use' },
  transport: { in: 'header', name: 'Authorization' },
  rewriteAuthorizeUrl,
  rewrite: { response: (answer) => refusalIn(answer) ?? withUserToken(answer) },
  parameters: ({ extra }) => {
    const { team_id, user_id } = ids(extra);
    return { ...(team_id && { team_id }), ...(user_id && { user_id }) };
  },
  classify,
  account,
  revoke,
  revokesBy: 'live-token',
});

/** Moves the scopes from `scope`, which is for bots, to `user_scope`. */
function rewriteAuthorizeUrl(url: URL): URL {
  const rewritten = new URL(url);
  rewritten.searchParams.set('user_scope', url.searchParams.get('scope') ?? '');
  rewritten.searchParams.delete('scope');
  return rewritten;
}

/** Moves the person's nested token to the top. A token there is a bot's, unless `token_type` is `user`. */
function withUserToken(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf(answer);
  if (body?.ok !== true) return answer;
  const { access_token: _bot, refresh_token: _bots, expires_in: _life, scope: _scope, ...rest } = body;
  const user = body.token_type === 'user' ? body : asObject(body.authed_user);
  const { access_token, refresh_token, expires_in, scope, id } = user ?? {};
  const given = { access_token, refresh_token, expires_in, scope, user_id: id ?? body.user_id };
  const own = Object.entries(given).filter(([, value]) => value !== undefined);
  return asJson(answer, { ...rest, authed_user: null, token_type: 'bearer', ...Object.fromEntries(own) });
}

function ids(extra: AccountCall['tokens']['extra']) {
  const { id } = asObject(extra.team) ?? {};
  const { user_id } = extra;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { team_id: text(id), user_id: text(user_id) };
}

const profile = z.object({
  user: z.object({ id: z.string(), name: shown, email: shown, image_192: shown }),
  team: z.object({ id: z.string() }),
});

async function account(call: AccountCall) {
  const { team_id, user_id } = ids(call.tokens.extra);
  const id = memberOf(team_id, user_id);
  // Only this scope allows the profile, and it cannot be combined with others.
  const mayAsk = call.tokens.scopes?.includes('identity.basic');
  const person = mayAsk ? profile.parse(await fetchProfile(call)) : undefined;
  if (person && memberOf(person.team.id, person.user.id) !== id)
    throw new Error('the profile is of another person than the token');
  return {
    subject: id,
    alternates: { [member]: id },
    name: person?.user.name,
    picture: person?.user.image_192,
    email: person?.user.email,
    emailVerified: false,
  };
}
