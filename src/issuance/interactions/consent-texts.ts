import type { Text } from '../../kit/locale.ts';

/** The texts of the consent page beside those of the room. */
export const consentTexts = {
  runBy: { en: 'The app is at {host}.', zh: '该应用位于 {host}。' },
  runByOwner: { en: '{owner} runs the app, at {host}.', zh: '该应用由{owner}运营，位于 {host}。' },
  about: { en: 'About you', zh: '您的资料' },
  apis: { en: 'Services', zh: '服务' },
  may: { en: 'With it, the app may:', zh: '该应用可使用此账号：' },
  choose: { en: 'Your choice', zh: '由您选择' },
  unticked: {
    en: 'The app does not get what you leave without a tick.',
    zh: '未勾选的内容不会提供给该应用。',
  },
  letUse: { en: 'Let the app use this account', zh: '允许该应用使用此账号' },
  letUseLater: {
    en: 'Let the app use this account as soon as you link it',
    zh: '关联此账号后，允许该应用使用',
  },
  useByApi: {
    en: '{api} may use your {account} when this app calls it: {names}',
    zh: '当该应用调用{api}时，{api}可使用您的{account}：{names}',
  },
  apiMay: { en: 'With it, {api} may:', zh: '{api}可使用此账号：' },
  letApiUse: { en: 'Let {api} use this account', zh: '允许{api}使用此账号' },
  letApiUseLater: {
    en: 'Let {api} use this account as soon as you link it',
    zh: '关联此账号后，允许{api}使用',
  },
  technical: { en: 'Technical names', zh: '技术名称' },
  useAway: {
    en: 'It may do so also while you are away, without asking you again',
    zh: '您不在时也可使用，不再另行询问',
  },
} satisfies Record<string, Text>;
