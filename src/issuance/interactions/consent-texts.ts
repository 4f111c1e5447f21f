import type { Text } from '../../kit/locale.ts';

/** The texts of the consent page beside those of the room. */
export const consentTexts = {
  runBy: { en: 'The app is at {host}.', zh: '该应用位于 {host}。' },
  runByOwner: { en: '{owner} runs the app, at {host}.', zh: '该应用由{owner}运营，位于 {host}。' },
  about: { en: 'About you', zh: '您的资料' },
  apis: { en: 'Services', zh: '服务' },
  may: { en: 'With it, the app may:', zh: '该应用可使用此账号：' },
  technical: { en: 'Technical names', zh: '技术名称' },
  useAway: {
    en: 'It may do so also while you are away, without asking you again',
    zh: '您不在时也可使用，不再另行询问',
  },
} satisfies Record<string, Text>;
