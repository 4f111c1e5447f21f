import { displayPicture, displayText } from '../http/display-text.ts';
import { momentTag, type Reader } from '../http/local-time.ts';
import type { Page } from '../http/page.ts';
import type { App } from '../issuance/registry/app.ts';
import { type Html, html } from '../kit/html.ts';
import type { Locale } from '../kit/locale.ts';
import { fill } from '../kit/locale.ts';
import { labelled } from '../kit/phrases.ts';
import { homeOf } from './addresses.ts';
import { agentTexts } from './agents-texts.ts';
import { appTexts } from './app-texts.ts';
import { accountCard } from './card.ts';
import { firstUseBanner, seenForm } from './first-uses.ts';
import { framed } from './frame.ts';
import { linkWays } from './link-ways.ts';
import { accountName, appTitle } from './names.ts';
import type { LinkedAccount, Overview } from './overview.ts';
import { texts } from './texts.ts';

export interface PageAbout extends Reader {
  /** The hidden field with the CSRF token. */
  readonly csrf: Html;
  readonly notice: Html | undefined;
  /** The notice that agents wait for a decision; undefined: none do. */
  readonly waiting: Html | undefined;
  /** The app that sent the person to the account page; undefined: none did, or it is unknown. */
  readonly app: App | undefined;
  /** The words by which the person searches for a way to link. */
  readonly query: string;
}

export function overviewPage(overview: Overview, about: PageAbout): Page {
  const { user, linked, apps, offered, samePersonAs } = overview;
  const { locale, csrf, notice, app } = about;
  const picture = displayPicture(user.picture);
  const body = html`${notice}${about.waiting}${backLink(app, locale)}
<div class="person">
${picture !== undefined && html`<img class="avatar" src="${picture}" alt="" width="56" height="56" referrerpolicy="no-referrer">`}
<h1 class="name">${displayText(user.name) || texts.title[locale]}</h1>
</div>
${firstUseBanner(overview, about)}
${samePersonAs.map((id) => mergeOffer(id, locale))}
<h2>${texts.waysIn[locale]}</h2>
${waysIn(linked, about)}
<h2>${texts.linkedAccounts[locale]}</h2>
${linked.map((account) => accountCard(account, about))}
<h2>${texts.linkAnother[locale]}</h2>
${linkWays(offered, about)}
${apps.length > 0 && appSection(apps, about)}
<p><a href="/account/agents">${agentTexts.toPage[locale]}</a></p>
<form class="foot actions" method="post" action="/account/sign-out">${csrf}<button class="plain">${texts.signOut[locale]}</button>
<a class="button plain" href="/account/sign-out-everywhere">${texts.signOutEverywhere[locale]}</a></form>
${overview.unseen.length > 0 && seenForm(csrf)}`;
  return framed({ locale, user, place: '/account' }, { title: texts.title[locale], body });
}

export function signedOutPage({ locale, notice, app }: Omit<PageAbout, 'csrf' | 'query' | 'waiting'>): Page {
  const to =
    app &&
    html`<input type="hidden" name="to" value="/account?${new URLSearchParams({ app: app.id }).toString()}">`;
  const body = html`${notice}<h1>${texts.title[locale]}</h1>
<p>${texts.signedOutIntro[locale]}</p>
<form class="stack" action="/account/login">${to}<button>${texts.signIn[locale]}</button></form>
${backLink(app, locale)}`;
  return { title: texts.title[locale], locale, body };
}

/** Returns the linked accounts with which the person can sign in. */
function waysIn(linked: readonly LinkedAccount[], reader: Reader): Html {
  const { locale } = reader;
  const rows = linked
    .filter(({ connection }) => connection.enabled && connection.purpose === 'login')
    .map(({ identity, connection }) => {
      const last = identity.lastLoginAt
        ? momentTag(identity.lastLoginAt, reader)
        : html`${texts.never[locale]}`;
      return html`<li class="row"><span><a class="name" href="/account/identities/${identity.id}">${accountName(connection, identity, locale)}</a><br><span class="quiet">${labelled(texts.lastSignIn[locale], '', locale)}${last}</span></span></li>`;
    });
  return html`<ul class="plain card apps">${rows}</ul>`;
}

function mergeOffer(userId: string, locale: Locale): Html {
  return html`<section class="card"><p>${texts.mergeOffer[locale]}</p>
<div class="actions"><a class="button" href="/account/merge/${userId}">${texts.mergeLook[locale]}</a></div></section>`;
}

function appSection(apps: Overview['apps'], about: PageAbout): Html {
  const { locale } = about;
  const rows = apps.map(({ clientId, title, at }) => {
    const path = `/account/apps/${encodeURIComponent(clientId)}`;
    const name = displayText(title[locale]);
    const since = html`${appTexts.allowedSince[locale]} ${momentTag(at, about)}`;
    const label = labelled(appTexts.withdraw[locale], name, locale);
    return html`<li class="row"><span><a class="name" href="${path}">${name}</a> <span class="quiet">${since}</span></span> <a href="${path}/withdraw" aria-label="${label}">${appTexts.withdraw[locale]}</a></li>`;
  });
  return html`<h2>${appTexts.allowedApps[locale]}</h2>
<ul class="plain card apps">${rows}</ul>`;
}

function backLink(app: App | undefined, locale: Locale): Html | undefined {
  const home = homeOf(app);
  if (!app || home === undefined) return undefined;
  const label = fill(texts.backTo, locale, { app: appTitle(app, locale) });
  return html`<p><a class="button plain" href="${home}">${label}</a></p>`;
}
