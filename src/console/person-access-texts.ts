import type { Text } from '../kit/locale.ts';

/** The texts of a person's consents and sessions, and of the steps on the person as a whole. */
export const accessTexts = {
  consents: { en: 'Consents', zh: '授权' },
  sessions: { en: 'Sessions', zh: '登录设备' },
  app: { en: 'App', zh: '应用' },
  scopes: { en: 'Allowed', zh: '授权范围' },
  leftOut: { en: 'Left out:', zh: '未授权：' },
  given: { en: 'Given', zh: '授权时间' },
  withdraw: { en: 'Withdraw…', zh: '撤回…' },
  noConsents: {
    en: 'The person has allowed no app anything. Apps of this deployment itself need no consent.',
    zh: '该用户没有授权任何应用。本站自有应用无需授权。',
  },
  browser: { en: 'Browser', zh: '浏览器' },
  address: { en: 'Address', zh: '地址' },
  signedIn: { en: 'Signed in', zh: '登录时间' },
  seen: { en: 'Last seen', zh: '最近活动' },
  by: { en: 'With', zh: '登录方式' },
  apps: { en: 'Apps', zh: '应用' },
  end: { en: 'End…', zh: '结束…' },
  noSessions: { en: 'The person is not signed in anywhere.', zh: '该用户当前没有登录。' },
  acts: { en: 'More acts', zh: '更多操作' },
  export: { en: 'Download the data…', zh: '下载数据…' },
  merge: { en: 'Merge another person into this one…', zh: '合并其他用户…' },
  signOut: { en: 'Sign out everywhere…', zh: '在所有地方退出登录…' },
  erase: { en: 'Erase…', zh: '注销…' },
  withdrawTitle: { en: 'Withdraw what {name} allowed {app}?', zh: '撤回 {name} 对 {app} 的授权？' },
  withdrawWhat: {
    en: 'The app gets no new token for this person, and is signed out. The person can allow it again.',
    zh: '该应用将退出登录，并且无法再获取该用户的令牌。用户之后可以重新授权。',
  },
  withdrawKept: {
    en: 'A token of the provider that the app has taken works until its end, or until the grant is ended at the provider.',
    zh: '应用已获取的平台令牌在到期前，或在平台上解除授权前仍然有效。',
  },
  withdrawButton: { en: 'Withdraw', zh: '撤回' },
  endTitle: { en: 'End this session of {name}?', zh: '结束 {name} 在此设备上的登录？' },
  endWhat: {
    en: 'The person is signed out in one browser, and in the apps that were opened from it.',
    zh: '该用户将在此浏览器及由其登录的应用中退出登录。',
  },
  endButton: { en: 'End the session', zh: '结束登录' },
  signOutTitle: { en: 'Sign {name} out everywhere?', zh: '让 {name} 在所有地方退出登录？' },
  signOutWhat: {
    en: 'All browsers and apps are signed out. The person can sign in again, and the linked accounts stay.',
    zh: '所有浏览器和应用都将退出登录。用户可以重新登录，关联账号保持不变。',
  },
  signOutButton: { en: 'Sign out everywhere', zh: '在所有地方退出登录' },
  exportTitle: { en: 'Download the data of {name}?', zh: '下载 {name} 的数据？' },
  exportWhat: {
    en: 'The file has the profile, linked accounts, consents, sessions, uses and events of the person, and no token. The event log keeps that you took it.',
    zh: '文件包含该用户的资料、关联账号、授权、登录设备、使用记录和事件，不含任何令牌。事件日志会记录您的下载。',
  },
  exportButton: { en: 'Download', zh: '下载' },
  mergeTitle: { en: 'Merge another person into {name}?', zh: '将其他用户合并到 {name}？' },
  mergeWhat: {
    en: 'All linked accounts of the other person move here, and the other person is gone. Consents, sessions and roles of the other are lost. It cannot be undone.',
    zh: '另一用户的所有关联账号将移至此用户，另一用户将不复存在，其授权、登录状态和角色都会丢失。此操作无法撤销。',
  },
  mergeNone: {
    en: 'No provider says that another person here is this one, so there is nothing to merge. The person can link further accounts on the account page.',
    zh: '没有平台表明本站有其他用户与此用户是同一人，因此无法合并。用户可以在账号页面关联更多账号。',
  },
  mergeFrom: { en: 'The other person, as a provider says', zh: '平台表明是同一人的用户' },
  mergeButton: { en: 'Merge', zh: '合并' },
  eraseTitle: { en: 'Erase {name}?', zh: '注销 {name}？' },
  eraseWhat: {
    en: 'The person, the linked accounts, their tokens, consents and sessions are deleted at once. The providers are asked to end their grants. It cannot be undone.',
    zh: '该用户及其关联账号、令牌、授权和登录状态将立即删除，并请求各平台解除授权。此操作无法撤销。',
  },
  eraseKept: {
    en: 'Events keep ids alone, until their time is over.',
    zh: '事件中仅保留 ID，直至保留期结束。',
  },
  eraseButton: { en: 'Erase', zh: '注销' },
  erased: { en: '{name} is erased', zh: '{name} 已注销' },
  erasedHint: {
    en: 'The person can follow at this address how far the providers are, for 90 days and without a sign-in. It is shown once.',
    zh: '用户可在 90 天内通过此地址查看各平台的处理进度，无需登录。此地址仅显示一次。',
  },
  toPeople: { en: 'To people', zh: '前往用户列表' },
} satisfies Record<string, Text>;
