export const locales = ['en', 'zh'] as const;
export type Locale = (typeof locales)[number];

/** One text in each language of the pages. */
export type Text = Readonly<Record<Locale, string>>;

export const htmlLang: Record<Locale, string> = { en: 'en', zh: 'zh-CN' };

/** A request, as Express and Koa know it. */
interface Reader {
  readonly query: Readonly<Record<string, unknown>>;
  acceptsLanguages(...tags: string[]): string | false;
}

/**
 * Returns the language for a request: by `ui_locales` (OpenID Connect Core 3.1.2.1), else by `Accept-Language`.
 */
export function localeOf(reader: Reader, uiLocales?: unknown): Locale {
  const wished = typeof uiLocales === 'string' ? uiLocales : reader.query.ui_locales;
  const tags = typeof wished === 'string' ? wished.split(' ') : [];
  for (const tag of tags) {
    const locale = locales.find((known) => tag.toLowerCase().split(/[-_]/)[0] === known);
    if (locale) return locale;
  }
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
