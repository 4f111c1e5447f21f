import { type Html, html } from '../kit/html.ts';
import type { LinkedAccount } from './answers.ts';
import { nothingStored, reasonTexts, stateTexts } from './health-texts.ts';
import type { Visit } from './visit.ts';

type Token = LinkedAccount['token'];

/** Returns the words for the state of a token. */
export function stateWords(token: Token) {
  return token ? stateTexts[token.state] : nothingStored;
}

/** Returns the words for the reason for which a grant ended; undefined while it lives. */
export function reasonWords(token: Token) {
  const reason = token?.reason;
  return typeof reason === 'string' && Object.hasOwn(reasonTexts, reason)
    ? reasonTexts[reason as keyof typeof reasonTexts]
    : undefined;
}

/** Returns the state of a token as a badge, with the reason beside it. */
export function healthBadge(token: Token, { say }: Visit): Html {
  const { tone, badge } = stateWords(token);
  const reason = reasonWords(token);
  return html`<span class="badge ${tone}">${say(badge)}</span>${reason && html` <span class="quiet">${say(reason.short)}</span>`}`;
}
