import type { Request } from 'express';

export const locales = ['en', 'zh'] as const;
export type Locale = (typeof locales)[number];

/** One text in each language of the pages. */
export type Text = Readonly<Record<Locale, string>>;

/**
 * `ui_locales` (OpenID Connect Core 3.1.2.1, space-separated and in order) before the browser's `Accept-Language`.
 */
export function localeOf(request: Request, uiLocales?: unknown): Locale {
  const wished = typeof uiLocales === 'string' ? uiLocales : request.query.ui_locales;
  const tags = typeof wished === 'string' ? wished.split(' ') : [];
  for (const tag of tags) {
    const locale = locales.find((known) => tag.toLowerCase().split(/[-_]/)[0] === known);
    if (locale) return locale;
  }
  const accepted = request.acceptsLanguages('en', 'zh', 'zh-CN', 'zh-TW', 'zh-HK', 'zh-Hans');
  return accepted !== false && accepted.startsWith('zh') ? 'zh' : 'en';
}

export const htmlLang: Record<Locale, string> = { en: 'en', zh: 'zh-CN' };
