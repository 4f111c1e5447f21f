import type { Text } from '../../kit/locale.ts';

/** The texts of this room's pages. */
export const texts = {
  signIn: { en: 'Sign in', zh: '登录' },
  connectionUnknown: { en: 'cannot be used to sign in.', zh: '不能用于登录。' },
  chooseAnother: { en: 'Choose another way to sign in.', zh: '请选择其他登录方式。' },
  providerFailed: {
    en: 'That sign-in could not be started. Try again or choose another way.',
    zh: '无法开始登录，请重试或选择其他方式。',
  },
  moreWays: { en: 'More ways to sign in', zh: '更多登录方式' },
  noConnections: { en: 'No way to sign in has been set up yet.', zh: '尚未设置任何登录方式。' },
  continueWith: { en: 'Continue with {provider}', zh: '使用{provider}登录' },
  cancel: { en: 'Cancel', zh: '取消' },
  to: { en: 'to continue to', zh: '以继续访问' },
  consent: { en: 'Allow access?', zh: '允许访问？' },
  wants: { en: 'asks for the following:', zh: '请求以下权限：' },
  signedInAs: { en: 'Signed in as', zh: '当前登录用户' },
  allow: { en: 'Allow', zh: '允许' },
  deny: { en: 'Deny', zh: '拒绝' },
  openid: { en: 'Know that you are signed in', zh: '确认您已登录' },
  profile: { en: 'See your name and picture', zh: '查看您的姓名和头像' },
  email: { en: 'See your e-mail address', zh: '查看您的电子邮箱地址' },
  offline_access: { en: 'Keep this access while you are away', zh: '在您离线时保持访问权限' },
  useAccount: { en: 'Use {provider} with your account', zh: '用您的账号访问{provider}' },
  useAway: { en: 'also while you are away', zh: '您不在时也可使用' },
  useLater: {
    en: 'Use these accounts too, once you have linked them',
    zh: '在您关联以下账号之后也使用它们',
  },
  notLinked: { en: 'not linked yet', zh: '尚未关联' },
  signOut: { en: 'Sign out?', zh: '退出登录？' },
  signOutAll: {
    en: 'This ends your session here and for the apps you have opened with it.',
    zh: '您将在这里退出登录，并退出由此登录的所有应用。',
  },
  yes: { en: 'Sign out', zh: '退出登录' },
  stay: { en: 'Stay signed in', zh: '保持登录' },
  signedOut: { en: 'You are signed out', zh: '您已退出登录' },
  account: { en: 'Go to my account', zh: '前往我的账号' },
  mayClose: { en: 'You may close this page.', zh: '您可以关闭此页面。' },
  failed: { en: 'This request cannot be answered', zh: '无法处理此请求' },
  failedHint: {
    en: 'Go back to the app and start again. If it happens again, tell the people who run the app.',
    zh: '请返回应用重新开始。如果问题仍然存在，请联系应用的运营者。',
  },
} satisfies Record<string, Text>;
