import { type HtmlPart, html } from '../../kit/html.ts';
import { Problem } from '../../kit/problem.ts';
import type { Connection } from '../answers.ts';
import { connectionList as list, versionOfOrder } from '../connection-list.ts';
import { connectionTexts as texts } from '../connection-texts.ts';
import { allConnections, type Check, connectionName, findingList } from '../connection-view.ts';
import { driftField, overrideOf } from '../drift.ts';
import { filterForm } from '../list-filters.ts';
import { listTable } from '../list-table.ts';
import { listTools } from '../list-tools.ts';
import { canonical, hasFilters, queryOf } from '../list-url.ts';
import type { ConsolePage, View, Visit } from '../visit.ts';

/** All connections, in the order in which pages offer them. The order changes by a button a row. */
export const connectionsPage: ConsolePage = {
  path: '/connections',
  needs: 'configuration:read',
  needsToAct: 'configuration:change',
  async show(visit) {
    const address = canonical(visit, list);
    if (address !== undefined) return address;
    const { say, csrf } = visit;
    const items = await allConnections(visit, queryOf(visit, list, { paged: false }));
    const context = { order: await versionOfOrder(visit) };
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
    const edit = { ifMatch: visit.field('version'), override: overrideOf(visit) };
    try {
      await visit.change('PUT /connections/order', { body, edit });
    } catch (error) {
      const keeper = error instanceof Problem ? error.members.managed_by : undefined;
      if (typeof keeper !== 'string') throw error;
      return keptView(visit, keeper);
    }
    return visit.url.pathname + visit.url.search;
  },
};

/** Asks whether the order changes although a tool keeps a connection whose place moves. */
function keptView(visit: Visit, keeper: string): View {
  const { say, csrf, url, field } = visit;
  const address = url.pathname + url.search;
  const title = say(texts.keptOrder);
  const fields = ['alias', 'move', 'version'].map(
    (name) => html`<input type="hidden" name="${name}" value="${field(name)}">`,
  );
  const body = html`<h1>${title}</h1>
<form class="stack narrow" method="post" action="${address}">${csrf}${fields}${driftField(keeper, visit)}
<button>${say(texts.changeOrder)}</button>
<a class="button plain" href="${address}">${say(texts.keep)}</a></form>`;
  return { title, body, status: 409 };
}

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

/** Returns undefined for a connection that was removed meanwhile. */
async function checked(one: Connection, visit: Visit): Promise<HtmlPart> {
  const params = { connection: one.id };
  const check = await visit
    .read<Check>('POST /connections/{connection}/check', { params })
    .catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'not_found') return undefined;
      throw error;
    });
  if (!check) return undefined;
  return html`<details class="card"${!check.ok && html` open`}><summary>${connectionName(one, visit)} <code>${one.alias}</code> <span class="badge ${check.ok ? 'good' : 'bad'}">${visit.say(check.ok ? texts.allGood : texts.toFix)}</span></summary>${findingList(check, visit)}</details>
`;
}
