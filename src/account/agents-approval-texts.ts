import type { Text } from '../kit/locale.ts';

/** The texts of the page on which a person approves or denies. */
export const approvalTexts = {
  callTitle: { en: 'Let {app} change your {account}?', zh: '允许{app}更改您的{account}？' },
  readTitle: { en: 'Let {app} read from your {account}?', zh: '允许{app}读取您的{account}？' },
  signInTitle: { en: 'Let {app} sign you in on another device?', zh: '允许{app}在其他设备上登录您的账号？' },
  signInHint: {
    en: 'Approve only if you have begun this yourself, just now.',
    zh: '仅当这是您本人刚刚发起的操作时才批准。',
  },
  exactly: {
    en: 'If you approve, we send exactly what stands here, once.',
    zh: '批准后，我们会按以下内容原样发送一次。',
  },
  isRead: {
    en: 'It is a read: nothing is changed. {app} receives the whole answer.',
    zh: '此操作只读取数据，不作任何更改。{app}会收到全部返回内容。',
  },
  callsTitle: { en: 'Let {app} do this with your accounts?', zh: '允许{app}使用您的账号执行以下操作？' },
  callsHint: {
    en: 'Approve only if you expect this. The app can then do exactly what stands here, once, within ten minutes.',
    zh: '请确认这是您预期的操作。批准后，该应用可在十分钟内按以下内容原样执行一次。',
  },
  noAccount: { en: 'Choose an account for each call.', zh: '请为每次调用选择账号。' },
  app: { en: 'Agent', zh: '智能体' },
  caller: { en: 'App', zh: '应用' },
  says: { en: 'The agent says (we cannot check it)', zh: '智能体的说明（本站无法核实）' },
  message: { en: 'Code on the other device', zh: '另一设备上显示的代码' },
  scopes: { en: 'It asks for', zh: '请求的权限' },
  ends: { en: 'You can decide until', zh: '确认截止时间' },
  approve: { en: 'Approve', zh: '批准' },
  deny: { en: 'Deny', zh: '拒绝' },
  approved: { en: 'Approved', zh: '已批准' },
  approvedHint: {
    en: 'You have approved this. {app} can do it once, when it asks again. You can close this page.',
    zh: '您已批准此操作。{app}再次请求时可执行一次。您可以关闭此页面。',
  },
  signedInHint: {
    en: 'You have approved this. {app} goes on there. You can close this page.',
    zh: '您已批准此操作，{app}会在另一设备上继续。您可以关闭此页面。',
  },
  denied: { en: 'Denied', zh: '已拒绝' },
  deniedHint: { en: 'You have denied this. It was not done.', zh: '您已拒绝此操作，操作未执行。' },
  used: { en: 'Sent', zh: '已发送' },
  usedHint: {
    en: 'This was approved, and we sent it once at most. {app} has the answer. If it says that it has none, look at the service whether it was done.',
    zh: '此操作已获批准，本站最多发送一次。结果已返回给{app}；如果{app}称未收到结果，请前往对应平台查看是否已执行。',
  },
  expired: { en: 'Expired', zh: '已过期' },
  expiredHint: {
    en: 'The time to decide is over, or {app} may no longer ask. It was not done.',
    zh: '确认时间已过，或{app}已无权请求。操作未执行。',
  },
  gone: {
    en: 'There is no such question, or no longer. It may be too old.',
    zh: '未找到此请求，它可能已过期。',
  },
  otherPerson: {
    en: 'This question is for another person, so that you cannot decide it. They are told that you opened it.',
    zh: '此请求属于其他用户，您无法处理。对方会收到提示。',
  },
  toAgents: { en: 'To my agents', zh: '前往“智能体”' },
} satisfies Record<string, Text>;
