import { cookieOf } from './cookie-of.ts';

export const locales = ['en', 'zh'] as const;
export type Locale = (typeof locales)[number];

/** One text in each language of the pages. */
export type Text = Readonly<Record<Locale, string>>;

export const htmlLang: Record<Locale, string> = { en: 'en', zh: 'zh-CN' };

/** The cookie with the language that the person has chosen in the foot of a page. */
export const languageCookie = 'symbolon-language';
/** The cookie with the language that an app has asked for, until its sign-in ends or the person chooses another. */
export const flowLanguageCookie = 'symbolon-flow-language';

/** A request, as Express and Koa know it. */
interface Reader {
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: { readonly cookie?: string | undefined };
  /** Returns the tags of `Accept-Language`, the preferred first. */
  acceptsLanguages(): string[];
}

/**
 * Returns the language for a request: the `ui_locales` (OpenID Connect Core 3.1.2.1) of its URL, else the language of the
 * sign-in under way (a cookie, or its `uiLocales`), else the person's own choice, else by `Accept-Language`.
 */
export function localeOf(reader: Reader, uiLocales?: unknown): Locale {
  const chosen = (name: string) => localeOfTags(cookieOf(reader.headers.cookie, name));
  return (
    localeOfTags(reader.query.ui_locales) ??
    chosen(flowLanguageCookie) ??
    localeOfTags(uiLocales) ??
    chosen(languageCookie) ??
    localeOfTags(reader.acceptsLanguages().join(' ')) ??
    'en'
  );
}

/** Returns the first language of ours in a list of BCP 47 tags, separated by spaces. */
export function localeOfTags(tags: unknown): Locale | undefined {
  if (typeof tags !== 'string') return undefined;
  const first = tags.split(' ').map(localeOfTag);
  return first.find((locale) => locale !== undefined);
}

/**
 * The Chinese languages with a code of their own (ISO 639-3): Cantonese, Mandarin, Wu, Hakka, Min Nan, Gan, Jin, Xiang and
 * Literary Chinese. The people who read them read Chinese more easily than English.
 */
const chinese = new Set(['zh', 'yue', 'cmn', 'wuu', 'hak', 'nan', 'gan', 'cjy', 'hsn', 'lzh']);

/** Returns our language that is nearest to a BCP 47 tag, in any script and region. */
function localeOfTag(tag: string): Locale | undefined {
  const [language = ''] = tag.toLowerCase().split(/[-_]/);
  return chinese.has(language) ? 'zh' : locales.find((known) => known === language);
}

/** Returns the text with each `{name}` replaced. A space separates Chinese from Latin letters and digits. */
export function fill(text: Text, locale: Locale, values: Readonly<Record<string, string>>): string {
  return fillWith(text, locale, values)
    .map((part) => (typeof part === 'string' ? part : part.value))
    .join('');
}

export type FilledPart = string | { readonly name: string; readonly value: string };

/** Returns the parts of a filled text: its own words with the spaces, and the values. */
export function fillWith(
  text: Text,
  locale: Locale,
  values: Readonly<Record<string, string>>,
): readonly FilledPart[] {
  const parts: FilledPart[] = [];
  const wordings = text[locale].split(/\{(\w+)\}/);
  let written = '';
  const write = (value: string, part: FilledPart) => {
    if (value === '') return;
    if (apart(written, value)) parts.push(' ');
    parts.push(part);
    written = value;
  };
  for (const [index, wording] of wordings.entries()) {
    const isName = index % 2 === 1;
    const value = isName ? (values[wording] ?? `{${wording}}`) : wording;
    write(value, isName ? { name: wording, value } : value);
  }
  return parts;
}

function apart(left: string, right: string): boolean {
  const [han, other] = ['\\p{Script=Han}', '[\\p{Script=Latin}\\d]'];
  return new RegExp(`${han}\\n${other}|${other}\\n${han}`, 'u').test(
    `${left.slice(-1)}\n${right.slice(0, 1)}`,
  );
}
