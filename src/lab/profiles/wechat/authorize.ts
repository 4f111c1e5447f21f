import type { AuthorizeRules, PageProblem } from '../../authorize/rules.ts';

const pages: Record<PageProblem, readonly [code: number, text: string]> = {
  client: [10012, 'AppID 参数错误'],
  redirect: [10003, 'redirect_uri 参数错误'],
  missing: [10013, '缺少参数'],
  response_type: [10013, 'response_type 参数错误'],
  scope: [10005, 'Scope 参数错误或没有 Scope 权限'],
  challenge: [10013, '参数错误'],
};

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
  // A refusal brings nothing but the state.
  denial: () => ({}),
  offline: () => true,
};
