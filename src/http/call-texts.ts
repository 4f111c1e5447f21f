import type { Text } from '../kit/locale.ts';

/** The texts about one exact call, as people read it before they approve it. */
export const callTexts = {
  number: { en: 'Call', zh: '调用' },
  platform: { en: 'Sent to', zh: '发送至' },
  account: { en: 'Account', zh: '账号' },
  request: { en: 'Request', zh: '请求' },
  query: { en: 'Parameters', zh: '参数' },
  readable: { en: 'Decoded', zh: '解码后' },
  headers: { en: 'Headers', zh: '请求头' },
  body: { en: 'Content', zh: '内容' },
  noBody: { en: 'none', zh: '无' },
  whole: {
    en: 'Show all of the content (lines: {lines}, characters: {characters})',
    zh: '显示全部内容：{lines} 行，{characters} 个字符',
  },
  startOfBody: { en: 'The beginning:', zh: '开头部分：' },
  unseen: {
    en: 'The content has characters that are not seen. They are written as [U+…].',
    zh: '内容中含有不可见字符，以 [U+…] 表示。',
  },
  appSays: { en: 'The app says (we cannot check it)', zh: '应用的说明（本站无法核实）' },
  choose: { en: 'Which account?', zh: '选择账号' },
} satisfies Record<string, Text>;
