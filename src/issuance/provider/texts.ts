import type { Text } from '../../kit/locale.ts';

/** The texts of this room's pages. */
export const texts = {
  signIn: { en: 'Sign in', zh: '登录' },
  connectionUnknown: { en: '{name} cannot be used to sign in.', zh: '{name}暂不支持用于登录。' },
  chooseAnother: { en: 'Choose another way to sign in.', zh: '请选择其他登录方式。' },
  providerFailed: {
    en: 'That sign-in could not be started. Try again or choose another way.',
    zh: '登录发起失败，请重试或选择其他方式。',
  },
  moreWays: { en: 'More ways to sign in', zh: '更多登录方式' },
  noConnections: { en: 'No way to sign in has been set up yet.', zh: '暂无可用的登录方式，请联系管理员。' },
  cancel: { en: 'Cancel', zh: '取消' },
  to: { en: 'to continue to {app}', zh: '登录后将前往{app}' },
  consent: { en: 'Allow access?', zh: '授权确认' },
  wants: { en: '{app} asks for the following:', zh: '{app}申请获得以下权限：' },
  signedInAs: { en: 'Signed in as {person}', zh: '当前登录身份：{person}' },
  allow: { en: 'Allow', zh: '允许' },
  deny: { en: 'Deny', zh: '拒绝' },
  openid: { en: 'Know that you are signed in', zh: '获取您的用户标识，用于识别您的身份' },
  profile: { en: 'See your name and picture', zh: '获取您的昵称和头像' },
  email: { en: 'See your e-mail address', zh: '获取您的邮箱地址' },
  offline_access: { en: 'Keep this access while you are away', zh: '在您不使用该应用时仍可继续访问' },
  useAccount: {
    en: 'Use {platform} with your account ({names})',
    zh: '代您使用{account}（{names}），调用其开放接口',
  },
  notLinked: { en: 'not linked yet', zh: '尚未关联' },
  signOut: { en: 'Sign out?', zh: '退出登录？' },
  signOutAll: {
    en: 'This ends your session here and for the apps you have opened with it.',
    zh: '您将退出当前浏览器中的登录，并退出通过它登录的所有应用。',
  },
  yes: { en: 'Sign out', zh: '退出登录' },
  stay: { en: 'Stay signed in', zh: '保持登录' },
  signedOut: { en: 'You are signed out', zh: '您已退出登录' },
  account: { en: 'Go to my account', zh: '前往我的账号' },
  mayClose: { en: 'You may close this page.', zh: '您可以关闭此页面。' },
  failed: { en: 'This request cannot be answered', zh: '无法处理此请求' },
  failedHint: {
    en: 'Go back to the app and start again. If it happens again, tell the people who run the app.',
    zh: '请返回应用重新开始。如果问题仍然存在，请联系该应用的运营方。',
  },
} satisfies Record<string, Text>;
