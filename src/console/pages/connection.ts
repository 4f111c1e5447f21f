import { html } from '../../kit/html.ts';
import type { Connection } from '../answers.ts';
import { endpointsForm, optionsForm, settingsForm } from '../connection-forms.ts';
import { setupAct, setupSteps } from '../connection-setup.ts';
import { connectionTexts as texts } from '../connection-texts.ts';
import { connectionMark, connectionName, stateBadges } from '../connection-view.ts';
import { domainFilesTab } from '../domain-files-tab.ts';
import { keeperBadge } from '../drift.ts';
import { editTexts } from '../edit-texts.ts';
import { formTab } from '../form-tab.ts';
import { accountCount, healthShare } from '../health-share.ts';
import { listPart } from '../list-page.ts';
import { canonical } from '../list-url.ts';
import { type Tab, tabAct, tabBar, tabContent } from '../tab-bar.ts';
import { usageTable } from '../usage-table.ts';
import type { ConsolePage, View, Visit } from '../visit.ts';
import { eventList } from './events.ts';

const tabs: readonly Tab<Connection>[] = [
  {
    name: '',
    text: texts.setup,
    shown: ({ caller }) => !caller.rights.namesOnly,
    content: (visit, one) => setupSteps(visit, one),
    act: setupAct,
  },
  formTab('settings', texts.settings, settingsForm),
  formTab('options', texts.options, optionsForm),
  formTab('endpoints', texts.endpoints, endpointsForm),
  domainFilesTab,
  {
    name: 'usage',
    text: texts.usage,
    content: (visit, { alias }) =>
      usageTable(visit, ['login', 'retrieval', 'refresh', 'ended'], { connection: alias }),
  },
  {
    name: 'events',
    text: texts.events,
    shown: ({ caller }) => !caller.rights.namesOnly,
    content: async (visit, { alias }) =>
      html`${await listPart(visit, { ...eventList, fixed: () => ({ connection: alias }) })}`,
  },
];

/** The page of a connection: how it is set up, its settings, and what it does. */
export const connectionPage: ConsolePage = {
  path: '/connections/:connection',
  needs: 'configuration:read',
  needsToAct: 'configuration:change',
  async show(visit) {
    const address = canonical(visit, eventList);
    if (address !== undefined) return address;
    const one = await readConnection(visit);
    return view(visit, one, await tabContent(visit, one, tabs));
  },
  async act(visit) {
    const one = await readConnection(visit);
    return await tabAct(visit, one, { tabs, view: (content) => view(visit, one, content) });
  },
};

export function readConnection(visit: Visit): Promise<Connection> {
  return visit.read<Connection>('GET /connections/{connection}', {
    params: { connection: visit.param('connection') },
    query: { health: 'yes' },
  });
}

function view(visit: Visit, one: Connection, content: View['body']): View {
  const { say } = visit;
  const title = connectionName(one, visit);
  const body = html`<p><a href="/console/connections">← ${say(texts.title)}</a></p>
<div class="head">${connectionMark(one, visit)}<div><h1 class="name">${title}</h1>
<p class="quiet"><code>${one.alias}</code> · <code>${one.provider}</code> ${stateBadges(one, visit)} ${keeperBadge(one.managed_by, visit)}</p>
<p><span class="quiet">${say(texts.accounts)}</span> ${accountCount(one, visit)} ${healthShare(one, visit)}</p></div>
${acts(visit, one)}</div>
${visit.ask('done') === 'saved' && html`<p role="status" class="notice good">${say(editTexts.saved)}</p>`}
${tabBar(visit, one, tabs)}
${content}`;
  return { title, body };
}

function acts(visit: Visit, { enabled }: Connection) {
  if (!visit.may('configuration:change')) return undefined;
  const { say, url } = visit;
  const step = (name: 'disable' | 'enable' | 'remove', tone: string) =>
    html`<a class="button ${tone}" href="${url.pathname}/${name}">${say(texts[name])}</a>`;
  return enabled
    ? html`<div class="actions">${step('disable', 'danger')} <span class="quiet">${say(texts.removeFirst)}</span></div>`
    : html`<div class="actions">${step('enable', 'plain')}${step('remove', 'danger')}</div>`;
}
