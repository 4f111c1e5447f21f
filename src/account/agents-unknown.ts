import { displayText } from '../http/display-text.ts';
import { momentTag } from '../http/local-time.ts';
import type { StoredApp } from '../issuance/registry/app-store.ts';
import type { EventType } from '../kit/events/events.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { listed } from '../kit/phrases.ts';
import type { AgentOfPerson } from './agents-list.ts';
import { agentTexts as texts } from './agents-texts.ts';
import { appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';

/** The events in which an app does something for a person who has let it in. */
const uses: readonly EventType[] = [
  'agent.called',
  'token.retrieved',
  'token.proxied',
  'token.exchanged',
  'login.succeeded',
];

/** Returns the section of the apps that no operator has registered, each with a way to end it; undefined: there are none. */
export async function unknownSection(
  { eventStore }: Pick<AccountDeps, 'eventStore'>,
  agents: readonly AgentOfPerson[],
  visit: Visit,
): Promise<Html | undefined> {
  if (agents.length === 0) return undefined;
  const { user, locale } = visit;
  const lines = await Promise.all(
    agents.map(async (agent) => {
      const filter = { userId: [user.id], appId: [agent.app.id], type: uses };
      const [last] = await eventStore.list({ limit: 1, after: undefined, filter });
      return unknownLine(agent, last?.at, visit);
    }),
  );
  return html`<h2>${texts.unknown[locale]}</h2><p class="quiet">${texts.unknownHint[locale]}</p>
<ul class="plain card apps">${lines}</ul>`;
}

function unknownLine({ app, allowedAt }: AgentOfPerson, lastAt: Date | undefined, visit: Visit): Html {
  const { locale, csrf } = visit;
  const path = `/account/agents/${encodeURIComponent(app.id)}`;
  const name = appTitle(app, locale);
  const used = lastAt ? html`${texts.lastUsed[locale]} ${momentTag(lastAt, visit)}` : texts.notUsed[locale];
  const facts = [
    howRegistered(app, locale),
    fill(texts.answersTo, locale, { hosts: answerHosts(app, locale) }),
    allowedAt && html`${texts.allowedSince[locale]} ${momentTag(allowedAt, visit)}`,
    used,
  ];
  const label = fill(texts.endOf, locale, { app: name });
  return html`<li class="row"><span><a class="name" href="${path}">${name}</a>${facts.map(
    (fact) => fact && html`<br><span class="quiet name">${fact}</span>`,
  )}</span> <form method="post" action="${path}/stop">${csrf}<button class="danger" aria-label="${label}">${texts.end[locale]}</button></form></li>`;
}

function howRegistered({ registration, domain }: StoredApp, locale: Locale): string {
  if (registration !== 'document') return texts.byItself[locale];
  return fill(texts.byDocument, locale, { domain: displayText(domain) });
}

/** Returns the hosts that get the answers of sign-ins: they are the app's own word, unless its domain is among them. */
function answerHosts({ redirectUris }: StoredApp, locale: Locale): string {
  const hosts = redirectUris.flatMap((uri) => (URL.canParse(uri) ? new URL(uri) : []));
  const names = hosts.map(({ protocol, host, hostname }) => {
    const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
    return isLocal || !/^https?:$/.test(protocol) ? texts.thisDevice[locale] : displayText(host);
  });
  return listed([...new Set(names)], locale);
}
