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
  acceptsLanguages(...tags: string[]): string | false;
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
    acceptedLocale(reader)
  );
}

/** Returns the first language of ours in a list of BCP 47 tags, separated by spaces. */
export function localeOfTags(tags: unknown): Locale | undefined {
  if (typeof tags !== 'string') return undefined;
  const first = tags.split(' ').map(localeOfTag);
  return first.find((locale) => locale !== undefined);
}

/** Returns our language that is nearest to a BCP 47 tag. */
export function localeOfTag(tag: string): Locale | undefined {
  return locales.find((known) => tag.toLowerCase().split(/[-_]/)[0] === known);
}

function acceptedLocale(reader: Reader): Locale {
  const accepted = reader.acceptsLanguages('en', 'zh', 'zh-CN', 'zh-TW', 'zh-HK', 'zh-Hans');
  return accepted !== false && accepted.startsWith('zh') ? 'zh' : 'en';
}

/** Returns the text with each `{name}` replaced. A space separates Chinese from Latin letters and digits. */
export function fill(text: Text, locale: Locale, values: Readonly<Record<string, string>>): string {
  return text[locale].replace(/\{(\w+)\}/g, (whole, name: string, at: number, all: string) => {
    const value = values[name] ?? whole;
    const before = apart(all.slice(0, at), value) ? ' ' : '';
    const after = apart(value, all.slice(at + whole.length)) ? ' ' : '';
    return `${before}${value}${after}`;
  });
}

function apart(left: string, right: string): boolean {
  const [han, other] = ['\\p{Script=Han}', '[\\p{Script=Latin}\\d]'];
  return new RegExp(`${han}\\n${other}|${other}\\n${han}`, 'u').test(
    `${left.slice(-1)}\n${right.slice(0, 1)}`,
  );
}
