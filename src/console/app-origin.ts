import { displayText } from '../http/display-text.ts';
import { type Html, html } from '../kit/html.ts';
import { admissionTexts as texts } from './admission-texts.ts';
import type { App } from './answers.ts';
import type { Visit } from './visit.ts';
import { timeTag } from './zone.ts';

/** The address of an app's page. The id of an app that registered itself may be the address of its document. */
export const appAddress = (id: string): string => `/console/apps/${encodeURIComponent(id)}`;

export const originWords = {
  operator: texts.operator,
  document: texts.document,
  dynamic: texts.dynamicly,
} as const;

/** Returns how the app came: registered by an operator, by its document with its domain, or by itself. */
export function originCell({ registration, domain }: App, { say }: Visit): Html | undefined {
  if (registration === undefined) return undefined;
  return html`${say(originWords[registration ?? 'operator'])}${domain && html` <span class="name">${displayText(domain)}</span>`}`;
}

/** Returns the lines about an app that registered itself: when it came, when it was used, and how it is blocked. */
export function originLines(app: App, visit: Visit): Html | undefined {
  const { say, zone } = visit;
  if (!app.registration) return undefined;
  const used = app.last_used_at === null ? say(texts.never) : timeTag(app.last_used_at, zone);
  return html`<dl><dt>${say(texts.origin)}</dt><dd>${originCell(app, visit)}</dd>
<dt>${say(texts.firstSeen)}</dt><dd>${timeTag(app.created_at, zone)}</dd><dt>${say(texts.lastUsed)}</dt><dd>${used}</dd></dl>
<p class="quiet">${say(texts.block)} <a href="/console/apps/rules">${say(texts.title)}</a></p>`;
}
