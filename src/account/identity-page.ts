import { platformTitle } from '../connectors/contract/names.ts';
import { wordsOfScope } from '../connectors/contract/scope-words.ts';
import { displayText } from '../http/display-text.ts';
import { momentTag } from '../http/local-time.ts';
import type { Page } from '../http/page.ts';
import { type Html, html } from '../kit/html.ts';
import type { Locale } from '../kit/locale.ts';
import type { Connection } from '../login/connections.ts';
import { appList } from './app-list.ts';
import { appTexts } from './app-texts.ts';
import { appsOfAccount, readKnownApps } from './app-uses.ts';
import { framed } from './frame.ts';
import { healthWords } from './health-words.ts';
import { identityTexts as words } from './identity-texts.ts';
import { manageLink } from './manage-link.ts';
import { findMine } from './mine.ts';
import { accountName } from './names.ts';
import { noticeBox } from './notices.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';
import { texts } from './texts.ts';

/** Returns the page of one linked account: its state, what was granted, who uses it, and the ways on. */
export function createIdentityPage(deps: AccountDeps): (visit: Visit) => Promise<Page> {
  return async (visit) => {
    const { request, user, locale, csrf } = visit;
    const { identity, connection } = await findMine(deps, user.id, request.params.id);
    const [healthById, known] = await Promise.all([
      deps.vault.health([{ id: identity.id, connection }]),
      readKnownApps(deps, user.id, [connection.id]),
    ]);
    const health = healthById.get(identity.id);
    const about = { identityId: identity.id, connectionId: connection.id, alias: connection.alias };
    const apps = appsOfAccount(known, about);
    const { tone, badge, explanation, offersReauthorization } = healthWords(
      health,
      platformTitle(connection.connector),
    );
    const path = `/account/identities/${identity.id}`;
    const title = accountName(connection, identity, locale);
    const line = (label: string, value: Html | string | null | undefined) =>
      value != null && html`<dt>${label}</dt><dd>${value}</dd>`;
    // The provider is not asked about an account that an operator has marked.
    const isChecked = health && health.reason !== 'requested_by_operator';
    const check = html`<form method="post" action="${path}/check">${csrf}<button class="plain">${words.check[locale]}</button></form>`;
    const body = html`<p><a href="/account">${texts.backToAccount[locale]}</a></p>
<div class="row"><h1 class="name">${title}</h1><span class="badge ${tone}">${badge[locale]}</span></div>
${noticeBox(request.query.notice, locale)}
${explanation && html`<p>${explanation[locale]}</p>`}
<dl>
${line(words.email[locale], displayText(identity.email) || undefined)}
${line(words.id[locale], html`<code>${displayText(identity.subject)}</code>`)}
${line(texts.linkedSince[locale], momentTag(identity.linkedAt, visit))}
${line(texts.lastSignIn[locale], identity.lastLoginAt ? momentTag(identity.lastLoginAt, visit) : texts.never[locale])}
${line(words.renewed[locale], health?.lastRefreshedAt && momentTag(health.lastRefreshedAt, visit))}
</dl>
<div class="actions">${isChecked && check}
${offersReauthorization && html`<a class="button" href="${path}/reauthorize">${texts.authoriseAgain[locale]}</a>`}
<a class="button plain" href="/account/activity?${`${new URLSearchParams({ account: identity.id })}`}">${words.activity[locale]}</a>
<a class="button plain danger" href="${path}/unlink">${texts.unlink[locale]}</a></div>
<h2>${words.granted[locale]}</h2>
${scopeList(connection, health?.scopes ?? [], locale)}
<p class="quiet">${manageLink(connection.connector, connection.registration.endpoints, locale)}</p>
<h2>${appTexts.apps[locale]}</h2>
<div class="card">${appList(apps, connection.alias, visit)}</div>`;
    return framed({ locale, user }, { title, body });
  };
}

/** Returns a provider's scopes in words, each with its own name. */
export function scopeList(
  { connector }: Pick<Connection, 'connector'>,
  scopes: readonly string[],
  locale: Locale,
): Html {
  if (scopes.length === 0) return html`<p class="quiet">${words.nothingStated[locale]}</p>`;
  const rows = scopes.map((scope) => {
    const said = wordsOfScope(connector, scope)?.[locale];
    const name = html`<code>${displayText(scope)}</code>`;
    return html`<li>${said !== undefined ? html`${said} <span class="quiet">${name}</span>` : name}</li>`;
  });
  return html`<ul>${rows}</ul>`;
}
