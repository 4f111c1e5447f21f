import { type HtmlPart, html } from '../../kit/html.ts';
import type { Connection } from '../answers.ts';
import { connectionList as list, matches, refreshesOf, versionOfOrder } from '../connection-list.ts';
import { connectionTexts as texts } from '../connection-texts.ts';
import { allConnections, type Check, connectionName, findingList } from '../connection-view.ts';
import { filterForm } from '../list-filters.ts';
import { listTable } from '../list-table.ts';
import { listTools } from '../list-tools.ts';
import { canonical, hasFilters } from '../list-url.ts';
import type { ConsolePage, Visit } from '../visit.ts';

/** All connections, in the order in which pages offer them. The order changes by a button a row. */
export const connectionsPage: ConsolePage = {
  path: '/connections',
  needs: 'configuration:read',
  needsToAct: 'configuration:change',
  async show(visit) {
    const address = canonical(visit, list);
    if (address !== undefined) return address;
    const { say, csrf } = visit;
    const items = (await allConnections(visit)).filter((one) => matches(one, visit));
    const context = { refreshes: await refreshesOf(visit), order: await versionOfOrder(visit) };
    const rows = { listed: { items, next_cursor: null }, context, filtered: hasFilters(visit, list) };
    const acts =
      visit.may('configuration:change') &&
      html`<div class="actions"><a class="button" href="/console/connections/new">${say(texts.add)}</a>
<form method="post" action="/console/connections/check">${csrf}<button class="plain">${say(texts.checkAll)}</button></form></div>`;
    const body = html`<h1>${say(texts.title)}</h1><p class="quiet">${say(texts.about)}</p>${acts}
<div data-live="list">${await filterForm(visit, list)}
${listTable(visit, list, rows)}
${listTools(visit, list)}</div>`;
    return { title: say(texts.title), body };
  },
  async act(visit) {
    const { connections } = await visit.read<{ connections: readonly string[] }>('GET /connections/order');
    const from = connections.indexOf(visit.field('alias'));
    const to = from + (visit.field('move') === 'up' ? -1 : 1);
    const [moved, other] = [connections[from], connections[to]];
    if (moved === undefined || other === undefined) return visit.url.pathname + visit.url.search;
    const body = { connections: connections.with(from, other).with(to, moved) };
    await visit.change('PUT /connections/order', { body, edit: { ifMatch: visit.field('version') } });
    return visit.url.pathname + visit.url.search;
  },
};

/** Checks every enabled connection, some at a time, and says what it has found. */
export const checkAllPage: ConsolePage = {
  path: '/connections/check',
  needs: 'configuration:change',
  async act(visit) {
    const { say } = visit;
    const left = (await allConnections(visit)).filter(({ enabled }) => enabled);
    const cards: HtmlPart[] = [];
    while (left.length > 0)
      cards.push(...(await Promise.all(left.splice(0, atOnce).map((one) => checked(one, visit)))));
    const title = say(texts.checked);
    return {
      title,
      body: html`<p><a href="/console/connections">← ${say(texts.title)}</a></p><h1>${title}</h1>${cards}`,
    };
  },
};

const atOnce = 8;

async function checked(one: Connection, visit: Visit): Promise<HtmlPart> {
  const params = { connection: one.id };
  const check = await visit.read<Check>('POST /connections/{connection}/check', { params });
  return html`<details class="card"${!check.ok && html` open`}><summary>${connectionName(one, visit)} <code>${one.alias}</code> <span class="badge ${check.ok ? 'good' : 'bad'}">${visit.say(check.ok ? texts.allGood : texts.toFix)}</span></summary>${findingList(check, visit)}</details>
`;
}
