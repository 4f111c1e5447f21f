import { displayText } from '../http/display-text.ts';
import type { Identity } from '../identities/identities.ts';
import type { Locale } from '../kit/locale.ts';
import type { Connection } from '../login/connections.ts';

/** Returns the name of a linked account on the page: the provider, and the person's name there. */
export function accountName(connection: Connection, identity: Identity, locale: Locale): string {
  const name = displayText(identity.name);
  const provider = connection.connector.title[locale];
  if (!name) return provider;
  return locale === 'zh' ? `${provider}（${name}）` : `${provider} (${name})`;
}

/** Returns date and time in UTC for a reader, e.g. `5 Jan 2026, 14:03 UTC`. */
export function formatTime(at: Date, locale: Locale): string {
  const language = locale === 'zh' ? 'zh-CN' : 'en-GB';
  const options = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' } as const;
  return `${new Intl.DateTimeFormat(language, options).format(at)} UTC`;
}
