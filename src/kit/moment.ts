import type { Locale } from './locale.ts';

/**
 * Returns date and time for a reader, with the zone: `5 Jan 2026, 14:03 UTC`, in Chinese
 * `2026年1月5日 22:03（北京时间）`, since all of China has one zone and few of its people read UTC.
 */
export function formatMoment(at: Date, locale: Locale): string {
  const style = { dateStyle: 'medium', timeStyle: 'short' } as const;
  return locale === 'zh'
    ? `${new Intl.DateTimeFormat('zh-CN', { ...style, timeZone: 'Asia/Shanghai' }).format(at)}（北京时间）`
    : `${new Intl.DateTimeFormat('en-GB', { ...style, timeZone: 'UTC' }).format(at)} UTC`;
}
