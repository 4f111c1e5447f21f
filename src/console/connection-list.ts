import { type HtmlPart, html } from '../kit/html.ts';
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
import type { ListDeclaration } from './list-declaration.ts';
import type { Visit } from './visit.ts';

export interface ListContext {
  readonly refreshes: ReadonlyMap<string, { readonly all: number; readonly ok: number }>;
  /** The version of the order; undefined: the person may not change it. */
  readonly order: string | undefined;
}

/** The list of connections. The page reads it whole, since an order has no cursor. */
export const connectionList: ListDeclaration<Connection, ListContext> = {
  path: '/connections',
  operation: 'GET /connections',
  needs: 'configuration:read',
  title: texts.title,
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
      options: () => [
        { value: 'true', text: texts.enabled },
        { value: 'false', text: texts.disabled },
      ],
    },
    { name: 'managed_by', label: texts.keeper, kind: 'text', more: true },
  ],
  columns: [
    {
      title: texts.name,
      cell: (one, visit) =>
        html`<a class="person" href="${connectionPath(one)}">${connectionMark(one, visit)}<span class="name">${connectionName(one, visit)}</span></a>`,
    },
    { title: texts.alias, cell: ({ alias }) => html`<code>${alias}</code>` },
    { title: texts.provider, cell: ({ provider }) => html`<code>${provider}</code>` },
    { title: texts.purpose, cell: (one, { say }) => say(texts[one.for]) },
    { title: texts.state, cell: (one, visit) => stateBadges(one, visit) },
    {
      title: texts.refreshes,
      cell({ alias }, { say }, { refreshes }) {
        const { all, ok } = refreshes.get(alias) ?? { all: 0, ok: 0 };
        if (all === 0) return html`<span class="quiet">–</span>`;
        const words = say(texts.failed, { failed: String(all - ok), all: String(all) });
        return ok < all
          ? html`<a class="badge warn" href="/console/events?type=token.refresh_failed&connection=${alias}">${words}</a>`
          : html`<span class="quiet">${words}</span>`;
      },
    },
    {
      title: texts.keeper,
      cell: ({ managed_by: keeper }) => keeper && html`<span class="keeper">${keeper}</span>`,
    },
    { title: texts.order, cell: (one, visit, { order }) => order !== undefined && mover(one, visit, order) },
  ],
  empty: texts.none,
  idOf: ({ id }) => id,
};

function mover(one: Connection, visit: Visit, version: string): HtmlPart {
  const { say, csrf, url } = visit;
  const button = (move: 'up' | 'down', arrow: string) =>
    html`<button class="plain small" name="move" value="${move}" aria-label="${say(texts[move])}: ${connectionName(one, visit)}"><svg class="arrow" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="${arrow}"/></svg></button>`;
  return html`<form class="mover" method="post" action="${url.pathname + url.search}">${csrf}<input type="hidden" name="alias" value="${one.alias}"><input type="hidden" name="version" value="${version}">${button('up', 'M8 13V3M4 7l4-4 4 4')}${button('down', 'M8 3v10M4 9l4 4 4-4')}</form>`;
}

/** Returns whether a connection is among those that the filters name. */
export function matches(one: Connection, visit: Visit): boolean {
  const [q, provider, enabled, keeper] = ['q', 'provider', 'enabled', 'managed_by'].map(visit.ask);
  const names = [one.alias, one.provider, connectionName(one, visit)].map((name) => name.toLowerCase());
  return (
    names.some((name) => name.includes(q?.toLowerCase() ?? '')) &&
    (!provider || one.provider === provider) &&
    (!enabled || String(one.enabled) === enabled) &&
    (!keeper || (one.managed_by?.includes(keeper) ?? false))
  );
}

export async function versionOfOrder(visit: Visit): Promise<string | undefined> {
  if (!visit.may('configuration:change')) return undefined;
  return (await visit.read<{ version: string }>('GET /connections/order')).version;
}

export async function refreshesOf(visit: Visit): Promise<ListContext['refreshes']> {
  const read = (outcome: Readonly<Record<string, string>>) =>
    visit.read<{ series: readonly { name: string | null; total: number }[] }>('GET /usage', {
      query: { kind: 'refresh', group: 'connection', ...outcome },
    });
  const [all, good] = await Promise.all([read({}), read({ outcome: 'ok' })]);
  const ok = new Map(good.series.map(({ name, total }) => [name, total]));
  return new Map(all.series.map(({ name, total }) => [name ?? '', { all: total, ok: ok.get(name) ?? 0 }]));
}
