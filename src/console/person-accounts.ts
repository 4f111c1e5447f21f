import { findConnector } from '../connectors/registry.ts';
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
<h2><a class="name" href="/console/people/${user}/identities/${account.id}">${accountTitle(account, visit)}</a></h2>
<p>${healthBadge(account.token, visit)}</p>
<p class="quiet">${account.token && html`${say(texts.sinceState)} ${timeTag(account.token.since, zone)} · ${say(texts.lastUsed)} ${timeTag(account.token.last_used_at, zone)}`}</p>
<p class="quiet name"><code>${displayText(account.subject, 256)}</code></p>
</section>`,
    );
}

/** Returns the provider's name with that of the account, and the alias where it is another word. */
export function accountTitle(
  { connection, provider, name, email }: LinkedAccount,
  { locale }: Visit,
): string {
  const title = findConnector(provider)?.title[locale] ?? provider;
  const alias = [provider, title.toLowerCase()].includes(connection) ? '' : ` (${connection})`;
  const shown = displayText(name ?? email);
  return shown === '' ? title + alias : `${title}${alias} · ${shown}`;
}
