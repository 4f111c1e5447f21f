import type { Request } from 'express';
import { type Html, html } from '../kit/html.ts';
import type { Locale } from '../kit/locale.ts';
import { readCookie } from './cookies.ts';

/** The cookie with the browser's time zone. The script sets it. */
const zoneCookie = 'symbolon-zone';

/** The reader of a page: the language, and the time zone as far as the browser has told it. */
export interface Reader {
  readonly locale: Locale;
  /** An IANA name; undefined: not known. */
  readonly zone?: string | undefined;
}

/** Returns the time zone that the browser has told us by its cookie. */
export function zoneOf(request: Request): string | undefined {
  const name = readCookie(request, zoneCookie)?.replaceAll('%2F', '/');
  if (name === undefined || name.length > 64) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) && name;
  } catch {
    return undefined;
  }
}

/**
 * Returns date and time with the zone: `5 Jan 2026, 14:03 UTC`, in Chinese `2026年1月5日 22:03（北京时间）`. Without a zone
 * of the browser it is UTC, and in Chinese that of China, since few of its people read UTC.
 */
export function momentText(at: Date, { locale, zone }: Reader): string {
  const timeZone = zone ?? (locale === 'zh' ? 'Asia/Shanghai' : 'UTC');
  const style = { dateStyle: 'medium', timeStyle: 'short', timeZone } as const;
  const name = zoneName(at, timeZone, locale);
  return locale === 'zh'
    ? `${new Intl.DateTimeFormat('zh-CN', style).format(at)}（${name}）`
    : `${new Intl.DateTimeFormat('en-GB', style).format(at)} ${name}`;
}

/** Returns the time as a page shows it. The script shows it in the browser's zone where no cookie has named that. */
export function momentTag(at: Date, reader: Reader): Html {
  const iso = at.toISOString();
  const known = reader.zone !== undefined && 'known';
  return html`<time datetime="${iso}" title="${iso}" data-moment="${known}">${momentText(at, reader)}</time>`;
}

function zoneName(at: Date, timeZone: string, locale: Locale): string {
  if (locale === 'zh' && timeZone === 'Asia/Shanghai') return '北京时间';
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', '') ?? '';
  return offset === '' || offset === '+00:00' ? 'UTC' : `UTC${offset}`;
}
