import type { Response } from 'express';
import { displayText } from '../http/display-text.ts';
import { languageSwitch } from '../http/language-switch.ts';
import { ownScript } from '../http/page.ts';
import { type Html, html } from '../kit/html.ts';
import { htmlLang, type Locale, type Text } from '../kit/locale.ts';
import { labelled } from '../kit/phrases.ts';
import { frameTexts as texts } from './frame-texts.ts';
import { listTexts } from './list-texts.ts';
import { navigation } from './navigation.ts';
import { texts as roleTexts } from './texts.ts';
import type { View, Visit } from './visit.ts';
import { offsetOf } from './zone.ts';

/** Sends a page of the console. Without a visit it has no navigation: the person is not signed in. */
export function sendView(response: Response, view: View, locale: Locale, visit?: Visit): void {
  response
    .status(view.status ?? 200)
    .set('Cache-Control', 'no-store')
    .type('html');
  response.send(document(response, { ...view, locale, visit }).toString());
}

interface Frame extends View {
  readonly locale: Locale;
  readonly visit: Visit | undefined;
}

function document(response: Response, { title, body, at, locale, visit }: Frame): Html {
  // The script shows local times only where the server does not know the zone.
  const zone = visit?.zone.chosen && html` data-zone="${visit.zone.name}"`;
  return html`<!doctype html>
<html lang="${htmlLang[locale]}"${zone}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${texts.console[locale]} · Symbolon</title>
<link rel="icon" href="/assets/symbolon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/symbolon.css">
<link rel="stylesheet" href="/assets/console.css">${ownScript}
</head>
<body class="console">
<a class="skip" href="#main">${texts.skip[locale]}</a>
<header class="bar"><a class="brand" href="/console"><img src="/assets/symbolon.svg" alt="" width="24" height="24">Symbolon</a>
${visit && goTo(visit)}${visit && whoIsIn(visit)}</header>
${visit && navigationBar(visit, at)}
<main id="main" class="${visit ? 'pane' : 'narrow'}">
${body}
</main>
<footer class="base">${languageSwitch(locale, response.req)}${visit && zoneSwitch(visit)}${visit && keyHelp(visit)}</footer>
</body>
</html>
`;
}

function goTo({ locale }: Visit): Html {
  return html`<form class="goto" role="search" action="/console/go" data-nav>
<label for="goto" class="unseen">${texts.goTo[locale]}</label>
<input id="goto" data-key="/" name="q" type="search" maxlength="200" autocomplete="off" spellcheck="false" placeholder="${texts.goToHint[locale]}">
<button class="unseen">${texts.goTo[locale]}</button></form>
`;
}

function whoIsIn({ user, caller, locale, csrf }: Visit): Html {
  const name = displayText(user.name) || user.id;
  return html`<div class="who"><span class="name">${name} <span class="quiet">· ${roleTexts[caller.role][locale]}</span></span>
<form method="post" action="/console/sign-out">${csrf}<button class="plain">${texts.signOut[locale]}</button></form></div>`;
}

const entriesFor = (visit: Visit) =>
  navigation.filter((entry) => visit.may(entry.needs) && (entry.shown?.(visit) ?? true));

function navigationBar(visit: Visit, at: string | undefined): Html {
  const { locale, url } = visit;
  const entries = entriesFor(visit);
  const here = entries
    .filter(({ path }) => url.pathname === path || url.pathname.startsWith(`${path}/`))
    .sort((one, other) => other.path.length - one.path.length)[0]?.path;
  const links = entries.map(({ path, title, key }) => {
    const current = path === (at ?? here);
    return html`<li><a href="${path}" data-key="g${key}"${current && html` aria-current="page"`}>${title[locale]}</a></li>`;
  });
  return html`<nav class="side" aria-label="${texts.console[locale]}"><ul>${links}</ul></nav>`;
}

/** Returns the list of keys, which opens without a script too. Each key leads where a link or a box leads. */
function keyHelp(visit: Visit): Html {
  const { locale } = visit;
  const keys: readonly (readonly [string, Text])[] = [
    ['/', texts.goTo],
    ['j', texts.nextRow],
    ['k', texts.previousRow],
    ['x', listTexts.tick],
    ['?', texts.keys],
    ...entriesFor(visit).map(({ key, title }) => [`g ${key}`, title] as const),
  ];
  const rows = keys.map(([key, text]) => html`<dt><kbd>${key}</kbd></dt><dd>${text[locale]}</dd>`);
  return html`<button type="button" class="plain" popovertarget="keys" data-key="?">${texts.keys[locale]}</button>
<div id="keys" class="card" popover><h2>${texts.keys[locale]}</h2><p class="quiet">${texts.keysNeed[locale]}</p>
<dl>${rows}</dl><button type="button" class="plain" popovertarget="keys" popovertargetaction="hide">${texts.close[locale]}</button></div>`;
}

/** Returns the zone of the page's times, and the link to the other one. */
function zoneSwitch({ zone, url, locale, now }: Visit): Html {
  const other = new URL(url);
  const isUtc = zone.name === 'UTC';
  if (isUtc) other.searchParams.delete('zone');
  else other.searchParams.set('zone', 'UTC');
  const shown = isUtc ? 'UTC' : `${zone.name} (UTC${offsetOf(now, zone.name)})`;
  const link = url.searchParams.has('zone') || !isUtc;
  return html`<p class="zone">${labelled(texts.times[locale], shown, locale)}${
    link &&
    html` · <a href="${other.pathname}${other.search}">${(isUtc ? texts.localTimes : texts.utc)[locale]}</a>`
  }</p>`;
}
