import { html } from '../../kit/html.ts';
import type { Connection } from '../answers.ts';
import { endpointsForm, optionsForm, settingsForm } from '../connection-forms.ts';
import { setupAct, setupSteps } from '../connection-setup.ts';
import { connectionTexts as texts } from '../connection-texts.ts';
import { connectionMark, connectionName, stateBadges } from '../connection-view.ts';
import { domainFilesTab } from '../domain-files-tab.ts';
import { keeperBadge } from '../drift.ts';
import { formTab } from '../form-tab.ts';
import { accountCount, healthShare } from '../health-share.ts';
import { itemPage, switchButtons } from '../item-page.ts';
import { listPart } from '../list-page.ts';
import { seesAll, type Tab } from '../tab-bar.ts';
import { usageTable } from '../usage-table.ts';
import type { Visit } from '../visit.ts';
import { eventList } from './events.ts';

const tabs: readonly Tab<Connection>[] = [
  {
    name: '',
    text: texts.setup,
    shown: seesAll,
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
    shown: seesAll,
    content: async (visit, { alias }) =>
      html`${await listPart(visit, { ...eventList, fixed: () => ({ connection: alias }) })}`,
  },
];

/** The page of a connection: how it is set up, its settings, and what it does. */
export const connectionPage = itemPage<Connection>({
  path: '/connections/:connection',
  read: readConnection,
  list: { path: '/console/connections', title: texts.title },
  tabs,
  listed: eventList,
  name: connectionName,
  mark: connectionMark,
  about: (
    one,
    visit,
  ) => html`<p class="quiet"><code>${one.alias}</code> · <code>${one.provider}</code> ${stateBadges(one, visit)} ${keeperBadge(one.managed_by, visit)}</p>
<p><span class="quiet">${visit.say(texts.accounts)}</span> ${accountCount(one, visit)} ${healthShare(one, visit)}</p>`,
  acts: ({ enabled }, visit) => switchButtons(visit, enabled),
});

export function readConnection(visit: Visit): Promise<Connection> {
  return visit.read<Connection>('GET /connections/{connection}', {
    params: { connection: visit.param('connection') },
    query: { health: 'yes' },
  });
}
