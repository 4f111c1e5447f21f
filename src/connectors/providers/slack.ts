import { oidc } from '../contract/declare.ts';
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
  texts,
} from './slack/web-api.ts';

/** Sign in with Slack (OpenID Connect). Tokens for the workspace's API come from the other connector. */
export const slack = oidc({
  provider: 'slack',
  title: { en: 'Slack', zh: 'Slack' },
  issuer: 'https://slack.com',
  endpoints: {
    authorization: 'https://slack.com/openid/connect/authorize',
    token: 'https://slack.com/api/openid.connect.token',
    userinfo: 'https://slack.com/api/openid.connect.userInfo',
    jwks: 'https://slack.com/openid/connect/keys',
    api: 'https://slack.com/api',
  },
  sharedId: member,
  sharedIdIsSubject: true,
  exportedIds: exportedSlackIds,
  signals: slackSignals,
  options: slackOptions,
  forOptions: ({ team }) => (team === undefined ? {} : { authorizeParameters: () => ({ team }) }),
  scopeWords: scopeWords({
    'users:read': ['see people in the workspace', '查看工作区成员'],
    'channels:read': ['see channels', '查看频道列表'],
    'channels:history': ['read messages in channels', '读取频道消息'],
    'chat:write': ['send messages as you', '以您的名义发送消息'],
    'files:read': ['see files', '查看文件'],
    'search:read': ['search messages and files', '搜索消息和文件'],
  }),
  scopes: { default: ['openid', 'profile', 'email'], separator: ' ' },
  registrationRules: { refusesRedirect: ['http'] },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  // With token rotation the token lasts twelve hours and has a refresh token. Without it the token has no end.
  refresh: { how: 'refresh_token', rotation: 'single-use' },
  transport: { in: 'header', name: 'Authorization' },
  rewrite: { response: (answer) => refusalIn(answer) ?? answer },
  classify,
  account: (claims) => {
    const id = memberOf(claims['https://slack.com/team_id'], claims['https://slack.com/user_id']);
    const { name, picture, email } = texts(claims);
    return {
      subject: id,
      alternates: { [member]: id },
      name,
      picture,
      email,
      emailVerified: claims.email_verified === true,
    };
  },
  revoke,
  revokesBy: 'live-token',
});
