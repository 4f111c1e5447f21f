import type { Response } from 'express';
import { type Html, html } from '../../kit/html.ts';
import { type Locale, localeOf } from '../../kit/locale.ts';
import { texts } from '../texts.ts';

/** Sends a page in the browser's language. */
export function sendPage(response: Response, body: (locale: Locale) => Html, status = 200): void {
  const locale = localeOf(response.req);
  response
    .status(status)
    .type('html')
    .send(layout(locale, body(locale)).toString());
}

export function json(value: unknown): Html {
  return html`<pre>${JSON.stringify(value, null, 2)}</pre>`;
}

function layout(locale: Locale, body: Html): Html {
  return html`<!doctype html>
<html lang="${locale === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts.title[locale]}</title>
<link rel="stylesheet" href="/demo.css">
</head>
<body>
<header class="bar"><a href="/">${texts.title[locale]}</a><span>Symbolon</span></header>
<main>
${body}
</main>
</body>
</html>
`;
}
