import { unescaped } from './html-forms.ts';

/** Words that Chinese readers take for something else, with the reason. */
const wrongWords: Readonly<Record<string, string>> = {
  服务商: 'an agency for merchants at WeChat, WeCom and Alipay',
  密封: 'a word for jars',
  离线: 'without a network',
  会话: 'a chat',
  帐号: 'written 账号',
  帐户: 'written 账号',
  登陆: 'landing from the sea',
  这里的: 'a translated deictic',
  那里: 'a translated deictic',
  账号账号: 'said twice',
  你: 'said as 您',
};

const half = '[,;:!?()]';
const full = '[，。；：！？（）、“”]';
const patterns: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(`\\p{Script=Han}\\s*${half}|${half}\\s*\\p{Script=Han}`, 'u'),
    'half-width punctuation next to Han',
  ],
  [/\p{Script=Han}\.(\s|$)/u, 'half-width full stop after Han'],
  [/\p{Script=Han}\s+\p{Script=Han}/u, 'a space between Han'],
  [new RegExp(`${full}\\s+\\S|\\S\\s+${full}`, 'u'), 'a space next to full-width punctuation'],
  // A date has none: 2026年11月30日.
  [
    /\p{Script=Han}[A-Za-z]|[A-Za-z]\p{Script=Han}|\d(?![年月日])\p{Script=Han}|(?![年月])\p{Script=Han}\d/u,
    'no space between Han and Latin',
  ],
];

/** Returns the faults of a Chinese text. */
export function faultsInChinese(text: string): readonly string[] {
  const words = Object.entries(wrongWords).filter(([word]) => text.includes(word));
  const found = patterns.filter(([pattern]) => pattern.test(text));
  return [
    ...words.map(([word, why]) => `${word} (${why}): ${text}`),
    ...found.map(([, fault]) => `${fault}: ${text}`),
  ];
}

/** Elements within a line of text. All others end it. */
const inline = /<\/?(?:a|b|bdi|span|strong|em|small|time)\b[^>]*>/gi;

/** Returns the lines that a reader of the page sees, without code and without texts that are marked as English. */
export function linesOf(html: string): readonly string[] {
  return html
    .replace(/<(style|script|pre|svg)\b[\s\S]*?<\/\1>/gi, '\n')
    .replace(/<(\w+)\b[^>]*\slang="en"[^>]*>[\s\S]*?<\/\1>/gi, '\n')
    .replace(/<a class="brand"[\s\S]*?<\/a>/gi, '\n')
    .replace(/<code\b[^>]*>[\s\S]*?<\/code>/gi, '…')
    .replace(/[ \t\n]+/g, ' ')
    .replace(/\saria-label="([^"]*)"[^>]*>/gi, '>\n$1\n')
    .replace(inline, '')
    .replaceAll(' · ', '\n')
    .replace(/<[^>]*>/g, '\n')
    .split('\n')
    .map((line) => unescaped(line).trim())
    .filter((line) => line !== '');
}

/** Returns the faults of the visible text of a page, also where a template has joined texts. */
export function faultsOnPage(html: string): readonly string[] {
  return linesOf(html).flatMap(faultsInChinese);
}
