import type { Response } from 'express';
import { type Html, html } from '../kit/html.ts';
import { htmlLang, type Locale } from '../kit/locale.ts';
import type { Branding } from './branding-store.ts';
import { languageSwitch, type PageRequest } from './language-switch.ts';
import { currentLooks } from './looks.ts';

export interface Page {
  readonly title: string;
  readonly locale: Locale;
  readonly body: Html;
  /** A wider column, for tables. */
  readonly wide?: boolean;
  /** The content of the top right corner, e.g. the person who is signed in. */
  readonly aside?: Html;
  /** Loads our script. The path needs `allowOwnScript`. */
  readonly script?: boolean;
  /** The looks of the app that the page is about. */
  readonly app?: Branding | undefined;
}

/**
 * Renders a page of the broker: no script, one style sheet, readable on a phone. Without the request, its language switch
 * finds the way back by the `Referer`.
 */
export function renderPage(page: Page, request?: PageRequest): string {
  const { title, locale, body, wide, aside, script = false } = page;
  const { name, sheet, brand, legal } = currentLooks(locale, page.app);
  return html`<!doctype html>
<html lang="${htmlLang[locale]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${name}</title>
<link rel="icon" href="/assets/symbolon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/symbolon.css">${sheet}${script && ownScript}
</head>
<body>
<header class="bar"><a class="brand" href="/account">${brand}</a>${aside}</header>
<main class="${wide ? 'wide' : 'narrow'}">
${body}
</main>
<footer class="base">${legal}${languageSwitch(locale, request)}</footer>
</body>
</html>
`.toString();
}

/** The script of the console. As a module it waits for the page. */
export const ownScript = html`
<script type="module" src="/assets/console.js"></script>`;

/** Sends a page with `Cache-Control: no-store`. */
export function sendPage(response: Response, page: Page, status = 200): void {
  response.status(status).set('Cache-Control', 'no-store').type('html').send(renderPage(page, response.req));
}
