import type { Text } from '../kit/locale.ts';

/** The texts around the pages of the console: frame, sign-in, problems, kept forms. */
export const frameTexts = {
  console: { en: 'Console', zh: '控制台' },
  skip: { en: 'Go to the content', zh: '跳到正文' },
  goTo: { en: 'Go to', zh: '前往' },
  goToHint: { en: 'Go to: id, subject, e-mail, alias', zh: '前往：ID、subject、邮箱、别名' },
  keys: { en: 'Keys', zh: '快捷键' },
  keysNeed: {
    en: 'Keys work with JavaScript only. Links and boxes do the same.',
    zh: '快捷键需要启用 JavaScript。使用链接和复选框也能完成相同的操作。',
  },
  nextRow: { en: 'Next row', zh: '下一行' },
  previousRow: { en: 'Previous row', zh: '上一行' },
  close: { en: 'Close', zh: '关闭' },
  signOut: { en: 'Sign out', zh: '退出登录' },
  times: { en: 'Times', zh: '时间' },
  utc: { en: 'show UTC', zh: '以 UTC 显示' },
  localTimes: { en: 'show local times', zh: '以本地时间显示' },
  signIn: { en: 'Sign in', zh: '登录' },
  signInWith: { en: 'Sign in with {provider}', zh: '使用{provider}登录' },
  signInTitle: { en: 'Sign in to the console', zh: '登录控制台' },
  signInHint: {
    en: 'The console is for people who administer this broker. A visit ends after 12 hours, or after 30 minutes without a click.',
    zh: '控制台供本站管理员使用。登录 12 小时后，或 30 分钟无操作后，需要重新登录。',
  },
  signInFresh: {
    en: 'This step needs a sign-in of the last five minutes. You then come back here.',
    zh: '此操作需要最近五分钟内的登录。登录后将返回此处。',
  },
  wayRefused: {
    en: 'The account with which you signed in does not count for the console. Sign in with another one.',
    zh: '您使用的账号不能用于登录控制台，请换一个账号登录。',
  },
  noWays: {
    en: 'No connection of the setting CONSOLE_CONNECTIONS is enabled, so the console is closed.',
    zh: '设置 CONSOLE_CONNECTIONS 中的身份源均未启用，因此无法登录控制台。',
  },
  signedOutTitle: { en: 'You are signed out', zh: '您已退出登录' },
  noRoleTitle: { en: 'You have no role here', zh: '您没有管理角色' },
  noRole: {
    en: 'You are signed in as {name}. The console is for people with a role. An owner can invite you.',
    zh: '您当前以 {name} 的身份登录。控制台仅供拥有管理角色的用户使用，所有者可以邀请您。',
  },
  mayNotTitle: { en: 'Your role may not do this', zh: '您的角色无权进行此操作' },
  mayNot: {
    en: 'Your role is {role}. An owner can do this, or give you another role.',
    zh: '您的角色是“{role}”。所有者可以进行此操作，或为您更改角色。',
  },
  toAccount: { en: 'Go to my account', zh: '前往我的账号' },
  otherPerson: { en: 'Sign in as another person', zh: '以其他身份登录' },
  failedTitle: { en: 'That did not work', zh: '未能完成' },
  notFoundTitle: { en: 'There is no such thing here', zh: '没有找到' },
  reference: { en: 'Reference', zh: '参考编号' },
  toOverview: { en: 'Go to the overview', zh: '前往概览' },
  heldTitle: { en: 'Another owner has to approve this', zh: '需要另一位所有者批准' },
  held: {
    en: 'The change is stored and not yet made. Another owner has to approve it until {time}. Its id is {id}.',
    zh: '此更改已保存，但尚未执行。另一位所有者须在 {time} 之前批准，编号为 {id}。',
  },
  heldLook: { en: 'See the change', zh: '查看此更改' },
  keptTitle: { en: 'Your form was kept', zh: '您的表单已保留' },
  kept: {
    en: 'A sign-in was needed before it could be sent. Nothing has been changed. Check it, and send it now.',
    zh: '提交前需要先登录，因此尚未进行任何更改。请检查内容后提交。',
  },
  keptSend: { en: 'Send it now', zh: '立即提交' },
  keptDrop: { en: 'Do not send it', zh: '不提交' },
  keptSecret: { en: '{name} (not kept: enter it again)', zh: '{name}（未保留，请重新输入）' },
  nothingKept: {
    en: 'No form is kept. A form is kept for ten minutes.',
    zh: '没有已保留的表单。表单最多保留十分钟。',
  },
} satisfies Record<string, Text>;
