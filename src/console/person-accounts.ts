import { displayText } from '../http/display-text.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import type { LinkedAccount, Person } from './answers.ts';
import { healthBadge } from './health-badge.ts';
import { personTexts as texts } from './person-texts.ts';
import type { Visit } from './visit.ts';
import { timeTag } from './zone.ts';

/** Returns the linked accounts of a person, those that need an act first. */
export function accountCards(
  visit: Visit,
  { id: user }: Person,
  accounts: readonly LinkedAccount[],
): HtmlPart {
  const { say, zone } = visit;
  if (accounts.length === 0) return html`<p class="card">${say(texts.noAccounts)}</p>`;
  const order = ({ token }: LinkedAccount) => (token?.state === 'active' ? 1 : 0);
  return [...accounts]
    .sort((one, other) => order(one) - order(other))
    .map(
      (account) => html`<section class="card account">
<h2><a class="name" href="/console/people/${user}/identities/${account.id}">${accountTitle(account)}</a></h2>
<p>${healthBadge(account.token, visit)}</p>
<p class="quiet">${account.token && html`${say(texts.sinceState)} ${timeTag(account.token.since, zone)} · ${say(texts.lastUsed)} ${timeTag(account.token.last_used_at, zone)}`}</p>
<p class="quiet name"><code>${account.subject}</code></p>
</section>`,
    );
}

/** Returns the connection with the name of the account there. */
export function accountTitle({ connection, name, email }: LinkedAccount): string {
  const shown = displayText(name ?? email);
  return shown === '' ? connection : `${connection} · ${shown}`;
}
