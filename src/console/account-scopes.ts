import { wordsOfScope } from '../connectors/contract/scope-words.ts';
import { displayText } from '../http/display-text.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import type { AccountView } from './account-view.ts';
import { identityTexts as texts } from './identity-texts.ts';
import type { Visit } from './visit.ts';

/** Returns the scopes of the grant in words, and those that apps ask for and it lacks. */
export function scopeList({ connector, granted, apps }: AccountView, { say, locale }: Visit): HtmlPart {
  const lacking = [...new Set(apps.flatMap(({ missing }) => missing))];
  const line = (scope: string, note: HtmlPart) => {
    const words = connector && wordsOfScope(connector, scope)?.[locale];
    return html`<li>${words && html`${words} `}<code class="quiet">${displayText(scope)}</code> ${note}</li>`;
  };
  const asking = (scope: string) =>
    apps
      .filter(({ missing }) => missing.includes(scope))
      .map(({ app }) => displayText(app.name))
      .join(', ');
  const lines = [
    ...granted.map((scope) => line(scope, html`<span class="badge good">${say(texts.granted)}</span>`)),
    ...lacking.map((scope) =>
      line(
        scope,
        html`<span class="badge bad">${say(texts.missing)}</span> <span class="quiet">${say(texts.askedBy, { apps: asking(scope) })}</span>`,
      ),
    ),
  ];
  return html`<section class="card"><h2>${say(texts.scopes)}</h2>
${lines.length > 0 ? html`<ul class="plain">${lines}</ul>` : html`<p>${say(texts.noScopes)}</p>`}</section>`;
}
