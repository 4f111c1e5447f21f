import { readdirSync } from 'node:fs';
import { type Html, html } from '../kit/html.ts';
import type { Locale, Text } from '../kit/locale.ts';

/** A provider or connection, as far as its mark goes. */
export interface Marked {
  readonly provider: string;
  readonly title: Text;
  /** The path of the connection's own logo; undefined: it has none. */
  readonly logo?: string | undefined;
}

/** The files of `assets/providers`, without `.svg`. docs/marks.md names their sources. */
const files = new Set(
  readdirSync(`${import.meta.dirname}/assets/providers`).map((file) => file.replace(/\.svg$/, '')),
);

export function hasMark(provider: string): boolean {
  return files.has(provider);
}

/**
 * Returns the mark that stands before a connection's name: the operator's own logo, else the provider's mark, else a neutral
 * tile with the first letter of the name. The name follows in words, so that the mark says nothing to a screen reader.
 */
export function markOf({ provider, title, logo }: Marked, locale: Locale): Html {
  if (logo !== undefined) return image(logo);
  if (!files.has(provider))
    return html`<span class="mark tile" aria-hidden="true">${[...title[locale]][0] ?? '?'}</span>`;
  const plain = image(`/assets/providers/${provider}.svg`);
  if (!files.has(`${provider}.dark`)) return plain;
  return html`<picture class="mark"><source media="(prefers-color-scheme: dark)" srcset="/assets/providers/${provider}.dark.svg">${plain}</picture>`;
}

function image(address: string): Html {
  return html`<img class="mark" src="${address}" alt="" width="24" height="24" loading="lazy">`;
}
