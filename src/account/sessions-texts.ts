import type { Text } from '../kit/locale.ts';

/** The texts about the browsers in which a person is signed in. */
export const sessionTexts = {
  intro: {
    en: 'These browsers are signed in as you. End those that you do not know.',
    zh: '您已在以下浏览器中登录。如有不认识的设备，请将其退出登录。',
  },
  thisOne: { en: 'This browser', zh: '当前浏览器' },
  signedIn: { en: 'Signed in', zh: '登录时间' },
  with: { en: 'With', zh: '登录方式' },
  lastSeen: { en: 'Last seen', zh: '最近使用' },
  place: { en: 'Network', zh: '网络' },
  apps: { en: 'Apps', zh: '应用' },
  noApps: { en: 'only this page', zh: '仅本页面' },
  end: { en: 'Sign out', zh: '退出登录' },
  endNamed: { en: 'Sign out: {browser}', zh: '退出登录：{browser}' },
  endOthers: { en: 'Sign out all other browsers', zh: '退出所有其他浏览器' },
  othersHint: {
    en: 'The apps that you signed in to there are signed out too. An app that may act while you are away stays allowed.',
    zh: '您在这些浏览器中登录的应用也会退出登录。允许在您不在时使用账号的应用不受影响。',
  },
  everywhere: {
    en: 'To end what apps may do while you are away, too, sign out everywhere.',
    zh: '如需同时终止应用在您不在时的访问，请选择“在所有设备上退出登录”。',
  },
  none: { en: 'No other browser is signed in.', zh: '没有其他已登录的浏览器。' },
} satisfies Record<string, Text>;
