import type { RequestHandler } from 'express';
import { fullTitle } from '../connectors/contract/names.ts';
import { findConnector } from '../connectors/registry.ts';
import { type Page, sendPage } from '../http/page.ts';
import { type Html, html } from '../kit/html.ts';
import { type Locale, localeOf } from '../kit/locale.ts';
import type { QueuedRevocation } from '../vault/upstream-revocation/queued-revocation.ts';
import { dataTexts, departureTexts } from './data-texts.ts';
import type { Erasure } from './erasure.ts';
import { manageLink } from './manage-link.ts';
import type { AccountDeps } from './ports.ts';
import { refusedPage } from './step-pages.ts';

/** An erased person cannot have more. */
const most = 200;

/** Returns the page that says how far an erasure is. Its code is all that it asks for, since the person is gone. */
export function createErasedPage(deps: AccountDeps, erasure: Erasure): RequestHandler {
  const { upstreamRevocations, connections } = deps;
  return async (request, response) => {
    const locale = localeOf(request);
    const userId = erasure.whoHad(String(request.params.code));
    if (userId === undefined)
      return sendPage(response, refusedPage(locale, dataTexts.unknownCode[locale]), 404);
    const departures = await upstreamRevocations.list({ limit: most, after: undefined, filter: { userId } });
    const lines = await Promise.all(
      departures.map(async (departure) => {
        // The connection may be removed.
        const connection = await connections.findById(departure.connectionId);
        const connector = connection?.connector ?? findConnector(departure.provider);
        const endpoints = connection?.registration.endpoints ?? connector?.endpoints;
        const link = connector && endpoints && manageLink(connector, endpoints, locale);
        return { ...departure, title: connector ? fullTitle(connector)[locale] : departure.provider, link };
      }),
    );
    sendPage(response, erasedPage(lines, locale));
  };
}

interface Line extends Pick<QueuedRevocation, 'state'> {
  readonly title: string;
  /** The place at the provider where the person ends the access. */
  readonly link: Html | undefined;
}

const tones = { pending: 'warn', revoked: 'good', superseded: 'good', unsupported: 'bad', gave_up: 'bad' };

function erasedPage(lines: readonly Line[], locale: Locale): Page {
  const title = dataTexts.erasedTitle[locale];
  const rows = lines.map((line) => {
    const tone = tones[line.state];
    const sentence = departureTexts[line.state][locale];
    return html`<li><span class="badge ${tone}">${line.title}</span> ${sentence} ${tone === 'bad' && line.link}</li>`;
  });
  const body = html`<h1>${title}</h1><p>${dataTexts.erasedHint[locale]}</p>
${rows.length > 0 ? html`<ul class="plain card apps" data-live="progress">${rows}</ul>` : html`<p>${dataTexts.nothingLeft[locale]}</p>`}`;
  return { title, locale, body };
}
