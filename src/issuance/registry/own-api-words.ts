import type { Locale, Text } from '../../kit/locale.ts';

/** The words of the API that the broker registers for agents. An operator may change the stored ones, which are English. */
export const agentsApiWords = {
  name: { en: 'Linked accounts, for agents', zh: '关联账号（供智能体使用）' },
  read: { en: 'See which accounts you let it use', zh: '查看您允许其使用的账号' },
  call: { en: 'Read from the accounts that you let it use', zh: '读取您允许其使用的账号中的内容' },
  write: {
    en: 'Change things with those accounts, when you have agreed',
    zh: '经您同意后，更改这些账号中的内容',
  },
} satisfies Record<string, Text>;

/** Returns the name or description of an API in a language. The words of an operator have one form. */
export function apiWordsIn(stored: string, locale: Locale): string {
  return Object.values(agentsApiWords).find(({ en }) => en === stored)?.[locale] ?? stored;
}
