import { type HtmlPart, html } from '../kit/html.ts';
import { labelled } from '../kit/phrases.ts';
import type { Connection } from './answers.ts';
import { connectionTexts as texts } from './connection-texts.ts';
import {
  allConnections,
  connectionMark,
  connectionName,
  connectionPath,
  providerTitle,
  stateBadges,
} from './connection-view.ts';
import { keeperColumn, keeperFilter } from './drift.ts';
import { accountCount, healthShare, lastCheck, refreshShare } from './health-share.ts';
import type { ListDeclaration } from './list-declaration.ts';
import type { Visit } from './visit.ts';

export interface ListContext {
  /** The version of the order; undefined: the person may not change it. */
  readonly order: string | undefined;
}

/** The list of connections. The page reads it whole, since an order has no cursor. */
export const connectionList: ListDeclaration<Connection, ListContext> = {
  path: '/connections',
  operation: 'GET /connections',
  needs: 'configuration:read',
  title: texts.title,
  exports: { list: 'connections' },
  fixed: () => ({ health: 'yes' }),
  filters: [
    { name: 'q', label: texts.search, kind: 'text' },
    {
      name: 'provider',
      label: texts.provider,
      kind: 'choice',
      options: async (visit) =>
        [...new Set((await allConnections(visit)).map(({ provider }) => provider))]
          .sort()
          .map((value) => ({ value, text: providerTitle(value) })),
    },
    {
      name: 'enabled',
      label: texts.state,
      kind: 'choice',
      words: { true: texts.enabled, false: texts.disabled },
    },
    keeperFilter,
  ],
  columns: [
    {
      title: texts.name,
      cell: (one, visit) =>
        html`<span class="stacked"><a class="person" href="${connectionPath(one)}">${connectionMark(one, visit)}<span class="name">${connectionName(one, visit)}</span></a>
<span class="quiet"><code>${one.alias}</code> · <code>${one.provider}</code></span></span>`,
    },
    {
      title: texts.state,
      cell: (one, visit) =>
        html`<span>${stateBadges(one, visit)}${one.for === 'linking' && html` <span class="badge">${visit.say(texts.linking)}</span>`}</span>`,
    },
    { title: texts.accounts, cell: accountCount },
    { title: texts.health, cell: healthShare },
    { title: texts.refreshes, cell: refreshShare },
    { title: texts.lastCheck, cell: ({ health }, visit) => lastCheck(health?.last_check, visit) },
    keeperColumn,
    { title: texts.order, cell: (one, visit, { order }) => order !== undefined && mover(one, visit, order) },
  ],
  empty: texts.none,
  idOf: ({ id }) => id,
};

function mover(one: Connection, visit: Visit, version: string): HtmlPart {
  const { say, csrf, url } = visit;
  const button = (move: 'up' | 'down', arrow: string) =>
    html`<button class="plain small" name="move" value="${move}" aria-label="${labelled(say(texts[move]), connectionName(one, visit), visit.locale)}"><svg class="arrow" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="${arrow}"/></svg></button>`;
  return html`<form class="mover" method="post" action="${url.pathname + url.search}">${csrf}<input type="hidden" name="alias" value="${one.alias}"><input type="hidden" name="version" value="${version}">${button('up', 'M8 13V3M4 7l4-4 4 4')}${button('down', 'M8 3v10M4 9l4 4 4-4')}</form>`;
}

export async function versionOfOrder(visit: Visit): Promise<string | undefined> {
  if (!visit.may('configuration:change')) return undefined;
  return (await visit.read<{ version: string }>('GET /connections/order')).version;
}
