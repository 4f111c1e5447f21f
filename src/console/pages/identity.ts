import { displayText } from '../../http/display-text.ts';
import { type HtmlPart, html } from '../../kit/html.ts';
import { appTable } from '../account-apps.ts';
import { scopeList } from '../account-scopes.ts';
import { timeline } from '../account-timeline.ts';
import { type AccountView, readAccount } from '../account-view.ts';
import { healthBadge, reasonWords, stateWords } from '../health-badge.ts';
import { identityTexts as texts } from '../identity-texts.ts';
import { apiCall } from '../list-tools.ts';
import { accountTitle } from '../person-accounts.ts';
import { providerNotes } from '../provider-notes.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';
import { mayActOn, nameOf } from './person.ts';

/** The page of one linked account: its story, and the way out. */
export const identityPage: ConsolePage = {
  path: '/people/:user/identities/:identity',
  needs: 'people:read',
  async show(visit) {
    const view = await readAccount(visit);
    const { person, account } = view;
    const title = accountTitle(account, visit);
    const body = html`<p><a href="/console/people/${person.id}" class="name">← ${nameOf(person, visit)}</a></p>
<h1 class="name">${title}</h1>
${health(view, visit)}
<div class="columns">
<div>${facts(view, visit)}${scopeList(view, visit)}${providerNotes(view, visit)}</div>
<div>${await appTable(view, visit)}${await timeline(view, visit)}</div></div>
<div class="tools">${apiCall(visit, `GET /users/${person.id}/identities/${account.id}`)}</div>`;
    return { title, body };
  },
  /** Refreshing changes nothing that cannot be changed again, so it needs no page of its own. */
  async act(visit) {
    const params = { user: visit.param('user'), identity: visit.param('identity') };
    await visit.change('POST /users/{user}/identities/{identity}/refresh', { params });
    return `${visit.url.pathname}?done=refreshed`;
  },
};

/** The provider's texts are a stranger's. */
const longest = 512;

function health({ account, person }: AccountView, visit: Visit): HtmlPart {
  const { say, zone, issuer, csrf, url } = visit;
  const { token } = account;
  const { story, tone } = stateWords(token);
  const link = `${issuer}/account/identities/${account.id}/reauthorize`;
  const words = token?.last_words;
  const isDead = tone === 'bad' || !token;
  const acts =
    mayActOn(visit, person) &&
    html`<div class="actions"><form method="post" action="${url.pathname}">${csrf}<button class="${isDead && 'plain'}">${say(texts.refresh)}</button></form>
${token && !isDead && html`<a class="button plain" href="${url.pathname}/ask">${say(texts.ask)}</a>`}
<a class="button danger" href="${url.pathname}/end">${say(texts.end)}</a><a class="button danger" href="${url.pathname}/unlink">${say(texts.unlink)}</a></div>`;
  return html`<section class="card health ${tone}">
${visit.ask('done') === 'refreshed' && html`<p role="status">${say(texts.refreshed)}</p>`}
<p>${healthBadge(token, visit)} ${token && html`<span class="quiet">${say(texts.sinceState)} ${timeTag(token.since, zone)}</span>`}</p>
<p>${say(reasonWords(token)?.way ?? story)}</p>
${words && html`<p class="quiet name">${say(texts.said, { words: displayText(words, longest) })}</p>`}
${tone !== 'good' && html`<p>${say(texts.link)}: <code>${link}</code> <button type="button" class="plain small" data-copy="${link}" data-js hidden>${say(texts.copyLink)}</button></p>`}
${acts}</section>`;
}

function facts({ account }: AccountView, { say, zone }: Visit): HtmlPart {
  const { token } = account;
  const rows: readonly (readonly [string, HtmlPart])[] = [
    [say(texts.subject), html`<code>${displayText(account.subject, longest)}</code>`],
    ...Object.entries(account.alternates).map(
      ([name, id]) => [name, html`<code>${displayText(id, longest)}</code>`] as const,
    ),
    ...(account.email === null ? [] : [[say(texts.email), displayText(account.email, longest)] as const]),
    [say(texts.issuer), account.issuer],
    [say(texts.linked), timeTag(account.linked_at, zone)],
    [say(texts.lastSignIn), timeTag(account.last_login_at, zone)],
    ...(token
      ? ([
          [say(texts.lastUsed), timeTag(token.last_used_at, zone)],
          [say(texts.lastRefreshed), timeTag(token.last_refreshed_at, zone)],
          [say(texts.accessEnds), timeTag(token.expires_at, zone)],
          [say(texts.grantEnds), timeTag(token.refresh_expires_at, zone)],
          [say(texts.lastError), token.last_error ?? '–'],
          [say(texts.key), html`<code>${token.key_id}</code>`],
        ] as const)
      : []),
  ];
  return html`<section class="card"><h2>${say(texts.facts)}</h2>
${!account.confirmed && html`<p class="badge warn">${say(texts.unconfirmed)}</p>`}
<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`;
}
