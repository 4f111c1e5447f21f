import { displayText } from '../../http/display-text.ts';
import { type Html, html } from '../../kit/html.ts';
import type { Locale, Text } from '../../kit/locale.ts';
import { fillHtml } from '../../kit/phrases.ts';
import type { App } from '../registry/app.ts';
import { isLoopbackUri } from '../registry/redirect-uris.ts';
import { consentTexts } from './consent-texts.ts';

export interface AppOrigin {
  readonly app: Pick<App, 'id' | 'about' | 'registration' | 'domain' | 'redirectUris'> | undefined;
  /** The host of the redirect URI, which the broker has checked. */
  readonly host: string | undefined;
  /** The app has changed its own description since the person allowed it. */
  readonly hasChanged: boolean;
}

/** Returns the lines about where the app is, and who runs it as far as that is known. */
export function appOrigin(origin: AppOrigin, locale: Locale): Html | undefined {
  const { app, host } = origin;
  if (app && app.registration !== null) return ofUnknownApp({ ...origin, app }, locale);
  if (host === undefined) return undefined;
  const { owner } = app?.about ?? {};
  const text = owner === undefined ? consentTexts.runBy : consentTexts.runByOwner;
  return html`<p class="quiet">${fillHtml(text, locale, { host, owner: displayText(owner) })}</p>`;
}

/**
 * An app that registered itself chose its own name. Its domain is proven by the document that was read there, and its
 * redirect host gets the answer. Its logo is neither read nor shown.
 */
function ofUnknownApp(
  { app, host, hasChanged }: AppOrigin & { readonly app: NonNullable<AppOrigin['app']> },
  locale: Locale,
): Html {
  const line = (text: Text, values: Readonly<Record<string, string>> = {}) =>
    fillHtml(text, locale, values, (value) => html`<b class="name">${displayText(value, 300)}</b>`);
  const { domain, id, redirectUris } = app;
  const isOnDevice = redirectUris.every(isLoopbackUri);
  const identity = domain === null ? line(consentTexts.dynamic) : line(consentTexts.byDomain, { domain });
  return html`<section class="card"><p>${identity}</p>
${host !== undefined && html`<p>${line(consentTexts.answerTo, { host })}</p>`}
${hasChanged && html`<p class="notice">${line(consentTexts.hasChanged)}</p>`}
${isOnDevice && html`<p class="notice">${line(consentTexts.onDevice)}</p>`}
<details><summary>${consentTexts.technical[locale]}</summary><p><code>${displayText(id, 512)}</code></p></details></section>`;
}
