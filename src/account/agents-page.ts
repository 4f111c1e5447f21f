import { momentTag } from '../http/local-time.ts';
import type { Page } from '../http/page.ts';
import { type Html, html } from '../kit/html.ts';
import { fill } from '../kit/locale.ts';
import { type AgentOfPerson, agentsOf } from './agents-list.ts';
import { agentNames, domainOf } from './agents-names.ts';
import { agentTexts as texts } from './agents-texts.ts';
import { unknownSection } from './agents-unknown.ts';
import { framed } from './frame.ts';
import { appTitle } from './names.ts';
import { noticeBox } from './notices.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';

/** Returns the page of a person's agents: what waits for a decision, and each agent with its permissions. */
export function createAgentsPage(deps: AccountDeps): (visit: Visit) => Promise<Page> {
  return async (visit) => {
    const { user, locale, csrf, request } = visit;
    const agents = await agentsOf(deps, user.id);
    const unknown = agents.filter(({ app }) => app.registration !== null);
    const known = agents.filter(({ app }) => app.registration === null);
    const title = texts.title[locale];
    const stopAll =
      agents.length > 0 &&
      html`<form class="stack" method="post" action="/account/agents/stop">${csrf}
<button class="danger" aria-describedby="stops">${texts.stopAll[locale]}</button>
<p class="quiet" id="stops">${texts.stopHint[locale]}</p></form>`;
    const body = html`<h1>${title}</h1>${noticeBox(request.query.notice, locale)}
<p class="quiet">${texts.intro[locale]}</p>
${await waitingSection(deps, visit)}
${(known.length > 0 || agents.length === 0) && html`<h2>${texts.yours[locale]}</h2>`}
${known.length > 0 && html`<ul class="plain card apps">${known.map((agent) => agentLine(agent, visit))}</ul>`}${agents.length === 0 && html`<p>${texts.none[locale]}</p>`}
${await unknownSection(deps, unknown, visit)}
<p><a class="button plain" href="/account/agents/activity">${texts.did[locale]}</a></p>
${stopAll}`;
    return framed({ locale, user }, { title, body });
  };
}

/** Returns the questions that wait for the person; undefined: there are none. */
async function waitingSection(deps: AccountDeps, visit: Visit): Promise<Html | undefined> {
  const { user, locale } = visit;
  const waiting = await deps.decisions.approvals.waitingOf(user.id);
  if (waiting.length === 0) return undefined;
  const about = { userId: user.id, locale };
  const names = await agentNames(
    deps,
    about,
    waiting.map(({ clientId }) => clientId),
  );
  const lines = waiting.map(({ id, clientId, identityId, createdAt, content }) => {
    const app = names.app(clientId);
    const what = content?.call
      ? `${content.call.method} · ${names.account(identityId, content.call.connection)}`
      : '';
    return html`<li class="row"><span><b class="name">${app}</b> <span class="quiet">${momentTag(createdAt, visit)}</span><br><span class="name">${what}</span></span> <a href="/account/approvals/${id}" aria-label="${`${texts.decide[locale]} ${app}`}">${texts.decide[locale]}</a></li>`;
  });
  return html`<h2>${texts.waiting[locale]}</h2><ul class="plain card apps">${lines}</ul>`;
}

function agentLine({ app, allowedAt }: AgentOfPerson, visit: Visit): Html {
  const { locale } = visit;
  const path = `/account/agents/${encodeURIComponent(app.id)}`;
  const since =
    allowedAt &&
    html`<br><span class="quiet">${texts.allowedSince[locale]} ${momentTag(allowedAt, visit)}</span>`;
  return html`<li class="row"><span><a class="name" href="${path}">${appTitle(app, locale)}</a> <span class="quiet name">${domainOf(app, locale)}</span>${since}</span></li>`;
}

/** Returns the notice on the overview that questions wait; undefined: none do. */
export async function waitingNotice(
  { decisions }: Pick<AccountDeps, 'decisions'>,
  userId: string,
  locale: Visit['locale'],
): Promise<Html | undefined> {
  const { length } = await decisions.approvals.waitingOf(userId);
  if (length === 0) return undefined;
  const words = fill(texts.waitingCount, locale, { count: String(length) });
  return html`<p class="notice" role="status">${words} <a href="/account/agents">${texts.decide[locale]}</a></p>`;
}
