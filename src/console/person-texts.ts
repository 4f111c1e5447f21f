import type { Text } from '../kit/locale.ts';

/** The texts of a person's page and of the steps that change a person. */
export const personTexts = {
  accounts: { en: 'Linked accounts', zh: '关联账号' },
  uses: { en: 'Used by', zh: '使用情况' },
  events: { en: 'Events', zh: '事件' },
  tabs: { en: 'About this person', zh: '用户信息' },
  copy: { en: 'Copy', zh: '复制' },
  disabled: { en: 'disabled', zh: '已停用' },
  since: { en: 'Since', zh: '注册于' },
  lastSignIn: { en: 'last sign-in', zh: '最近登录' },
  acts: { en: 'Done by this person', zh: '该用户的操作' },
  disable: { en: 'Disable…', zh: '停用…' },
  enable: { en: 'Enable…', zh: '启用…' },
  noAccounts: {
    en: 'No account is linked. The person cannot sign in; a merge or an erasure is the next act.',
    zh: '没有关联的账号，该用户无法登录。可以合并或注销该用户。',
  },
  sinceState: { en: 'since', zh: '自' },
  lastUsed: { en: 'last used', zh: '最近使用' },
  app: { en: 'App', zh: '应用' },
  account: { en: 'Account', zh: '账号' },
  times: { en: 'Times', zh: '次数' },
  thisWeek: { en: 'This week', zh: '本周' },
  firstUse: { en: 'First', zh: '首次' },
  lastUse: { en: 'Last', zh: '最近' },
  why: { en: 'Reason', zh: '原因' },
  away: { en: 'while the person was away', zh: '用户不在场时' },
  noUses: { en: 'No app has used an account of this person.', zh: '还没有应用使用过该用户的账号。' },
  disableTitle: { en: 'Disable {name}?', zh: '停用 {name}？' },
  disableWhat: {
    en: 'The person is signed out everywhere. Apps get no token for the person’s accounts any more.',
    zh: '该用户将在所有地方退出登录，应用无法再获取其账号的令牌。',
  },
  disableUndo: {
    en: 'You can enable the person again. Tokens that apps have taken already work until their end.',
    zh: '之后可以重新启用该用户。应用已获取的令牌在到期前仍然有效。',
  },
  disableButton: { en: 'Disable', zh: '停用' },
  enableTitle: { en: 'Enable {name} again?', zh: '重新启用 {name}？' },
  enableWhat: {
    en: 'The person can sign in again, and apps can use the linked accounts as before.',
    zh: '该用户可以重新登录，应用可以像以前一样使用其关联账号。',
  },
  enableButton: { en: 'Enable', zh: '启用' },
} satisfies Record<string, Text>;
