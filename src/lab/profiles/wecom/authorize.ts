import type { AuthorizeRules } from '../../authorize/rules.ts';
import type { Call } from '../../core/wire.ts';

const common: Omit<AuthorizeRules, 'path'> = {
  clientParam: 'appid',
  scopeSeparator: /,/,
  defaultScopes: [],
  redirectMatch: 'host',
  challenge: 'ignored',
  codeSeconds: 300,
  complain: 'page',
  errorPage: (problem, detail) => ({
    status: 200,
    heading: '企业微信',
    text:
      problem === 'redirect' ? '50001 redirect_uri 与配置的授权完成回调域名不一致' : `${problem} ${detail}`,
  }),
  denial: () => ({}),
  offline: () => false,
};

const agent = ({ query }: Call) =>
  /^\d{1,16}$/.test(query.get('agentid') ?? '') ? undefined : 'agentid 参数错误';

/** The rules of the QR code on any page. */
export const onAnyPage: AuthorizeRules = {
  ...common,
  path: '/wwlogin/sso/login',
  objection: (call) => (call.query.get('login_type') === 'CorpApp' ? agent(call) : 'login_type 参数错误'),
};

/** The rules inside WeCom's own browser. */
export const insideWecom: AuthorizeRules = {
  ...common,
  path: '/connect/oauth2/authorize',
  required: ['response_type', 'scope'],
  knownScope: (scope) => scope === 'snsapi_base' || scope === 'snsapi_privateinfo',
  objection: (call) =>
    /wxwork/i.test(call.header('user-agent') ?? '') ? agent(call) : '请在企业微信客户端打开链接',
};
