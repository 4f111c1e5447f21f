import type { AuthorizeRules, PageProblem } from '../../authorize/rules.ts';

const pages: Record<PageProblem, readonly [code: number, text: string]> = {
  client: [10012, 'AppID 参数错误'],
  redirect: [10003, 'redirect_uri 参数错误'],
  missing: [10013, '缺少参数'],
  response_type: [10013, 'response_type 参数错误'],
  scope: [10005, 'Scope 参数错误或没有 Scope 权限'],
  challenge: [10013, '参数错误'],
};

/** The state: at most 128 letters and digits, or the page shows «state too long». */
const officialState = /^[A-Za-z0-9]{0,128}$/;
const officialOrder = ['appid', 'redirect_uri', 'response_type', 'scope', 'state', 'forcePopup'];

export const wechatAuthorize: AuthorizeRules = {
  path: '/connect/qrconnect',
  clientParam: 'appid',
  required: ['response_type', 'scope'],
  scopeSeparator: /,/,
  defaultScopes: [],
  knownScope: (scope) => scope === 'snsapi_login',
  redirectMatch: 'host',
  challenge: 'ignored',
  codeSeconds: 600,
  complain: 'page',
  errorPage: (problem, detail) => {
    const [code, text] = pages[problem];
    return { status: 200, heading: text, text: `errcode ${code} ${detail}` };
  },
  // A denial has only the state.
  denial: () => ({}),
  offline: () => true,
};

/** The rules inside WeChat, which is strict about the browser, the order of parameters and the state. */
export const officialAuthorize: AuthorizeRules = {
  ...wechatAuthorize,
  path: '/connect/oauth2/authorize',
  knownScope: (scope) => scope === 'snsapi_base' || scope === 'snsapi_userinfo',
  codeSeconds: 300,
  objection: ({ query, header }) => {
    if (!/MicroMessenger/.test(header('user-agent') ?? '')) return '请在微信客户端打开链接';
    const names = [...query.keys()].filter((name) => !name.startsWith('lab_'));
    if (names.join() !== officialOrder.filter((name) => query.has(name)).join()) return '参数错误';
    return officialState.test(query.get('state') ?? '') ? undefined : 'state too long';
  },
};
