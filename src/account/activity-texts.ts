import type { Text } from '../kit/locale.ts';

/** The texts about what apps and operators did. */
export const activityTexts = {
  intro: {
    en: 'Apps that used your accounts or tried to, and what operators of this site did about you. The latest is at the top.',
    zh: '使用或尝试使用您账号的应用，以及本站运营人员对您的账号所做的操作，最新的在最前面。',
  },
  took: { en: '{app} took a token of {account}', zh: '{app}取得了{account}的令牌' },
  called: {
    en: '{app} called the provider with {account}, through this site',
    zh: '{app}通过本站以{account}调用了该平台的接口',
  },
  refused: { en: '{app} tried to use {account} and was refused', zh: '{app}尝试使用{account}，已被拒绝' },
  away: { en: 'while you were away', zh: '当时您不在' },
  reason: { en: 'reason: “{reason}”', zh: '用途：“{reason}”' },
  operator: { en: 'An operator did:', zh: '运营人员的操作：' },
  showAll: { en: 'Show everything', zh: '显示全部' },
  nothing: { en: 'Nothing so far.', zh: '暂无记录。' },
  older: { en: 'Older', zh: '更早' },
  formerApp: { en: 'an app that is gone', zh: '一个已删除的应用' },
  formerAccount: { en: 'an account', zh: '某个账号' },
} satisfies Record<string, Text>;

/** Why a token was refused, by the code in the event. */
export const refusalWords: Readonly<Record<string, Text>> = {
  consent_required: { en: 'because you have not allowed it', zh: '原因是您未授权' },
  connection_not_allowed: { en: 'because it may not use such accounts', zh: '原因是该应用无权使用此类账号' },
  insufficient_upstream_scope: {
    en: 'because you have not granted that at the provider',
    zh: '原因是您未在该平台授予相应权限',
  },
  insufficient_scope: { en: 'because you have not allowed it', zh: '原因是您未授权' },
  reauthorization_required: {
    en: 'because the account needs you to authorise again',
    zh: '原因是该账号需要您重新授权',
  },
  rate: { en: 'because it asked too often', zh: '原因是请求过于频繁' },
  rate_limited: { en: 'because it asked too often', zh: '原因是请求过于频繁' },
  background_not_allowed: { en: 'because you were away', zh: '原因是您当时不在' },
};

/** The acts of operators on a person, by the type of the event. */
export const operatorActs: Readonly<Record<string, Text>> = {
  'token.refresh_requested': {
    en: 'An operator renewed the permission of {account}.',
    zh: '运营人员为{account}执行了授权续期。',
  },
  'token.refreshed': {
    en: 'The permission of {account} was renewed, as an operator had asked.',
    zh: '{account}的授权已按运营人员的要求续期。',
  },
  'token.reauthorization_requested': {
    en: 'An operator asked that you authorise {account} again.',
    zh: '运营人员要求您重新授权{account}。',
  },
  'token.reauthorization_required': {
    en: 'The permission of {account} rests until you authorise again, as an operator had asked.',
    zh: '{account}的授权已按运营人员的要求暂停，等待您重新授权。',
  },
  'token.revocation_requested': {
    en: 'An operator ended the permission of {account}.',
    zh: '运营人员解除了{account}的授权。',
  },
  'token.revoked': {
    en: 'The permission of {account} was ended, as an operator had asked.',
    zh: '{account}的授权已按运营人员的要求解除。',
  },
  'identity.unlinked': { en: 'An operator unlinked {account}.', zh: '运营人员取消了{account}的关联。' },
  'user.disabled': { en: 'An operator disabled your user.', zh: '运营人员停用了您的用户账号。' },
  'user.enabled': { en: 'An operator enabled your user again.', zh: '运营人员重新启用了您的用户账号。' },
  'user.roles_changed': { en: 'An operator changed your role.', zh: '运营人员更改了您的角色。' },
  'user.merged': {
    en: 'An operator merged another user into yours.',
    zh: '运营人员将另一个用户合并到了您的用户。',
  },
  'grant.revoked': {
    en: 'An operator withdrew the permission of {app}.',
    zh: '运营人员撤回了您对{app}的授权。',
  },
  signed_out: { en: 'An operator signed you out.', zh: '运营人员使您退出了登录。' },
  'person.revealed': { en: 'An auditor looked at your account.', zh: '审计人员查看了您的账号信息。' },
  'person.viewed': { en: 'An operator looked at your page.', zh: '运营人员查看了您的页面。' },
  'person.exported': { en: 'An operator exported your data.', zh: '运营人员导出了您的数据。' },
};
