import type { Request } from 'express';

export type Locale = 'en' | 'zh';

/** One text in each language of the pages. */
export type Text = Readonly<Record<Locale, string>>;

export function localeOf(request: Request): Locale {
  const accepted = request.acceptsLanguages('en', 'zh', 'zh-CN', 'zh-TW', 'zh-HK', 'zh-Hans');
  return accepted !== false && accepted.startsWith('zh') ? 'zh' : 'en';
}
