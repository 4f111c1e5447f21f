import { fullTitle } from '../connectors/contract/names.ts';
import { findConnector } from '../connectors/registry.ts';
import { markOf } from '../http/marks.ts';
import { type Html, type HtmlPart, html } from '../kit/html.ts';
import { inBoth } from '../kit/localized.ts';
import type { Connection } from './answers.ts';
import { connectionTexts as texts } from './connection-texts.ts';
import type { Listed } from './list-declaration.ts';
import type { Visit } from './visit.ts';

/** Returns the name of a connection as people see it. Support sees no display name. */
export function connectionName({ provider, display_name: given }: Connection, { locale }: Visit): string {
  return inBoth(given, providerTitle(provider))[locale];
}

export function providerTitle(provider: string) {
  const connector = findConnector(provider);
  return connector ? fullTitle(connector) : { en: provider, zh: provider };
}

export function connectionMark({ alias, provider, has_logo: has, version }: Connection, visit: Visit): Html {
  const logo = has ? `/connections/${alias}/logo?v=${version}` : undefined;
  return markOf({ provider, title: providerTitle(provider), logo }, visit.locale);
}

/** Pages of the console have these names, so a connection called so is found by its id. */
const taken = ['new', 'order', 'check'];

export function connectionPath({ alias, id }: Pick<Connection, 'alias' | 'id'>): string {
  return `/console/connections/${taken.includes(alias) ? id : alias}`;
}

/** Returns whether it is in use, as badges. */
export function stateBadges({ enabled, hidden, ...one }: Connection, { say }: Visit): HtmlPart {
  return html`<span class="badge ${enabled ? 'good' : 'bad'}">${say(enabled ? texts.enabled : texts.disabled)}</span>${hidden && html` <span class="badge">${say(texts.hidden)}</span>`}${one.has_api_description && html` <span class="badge">${say(texts.described)}</span>`}`;
}

/** Returns all connections that match, in the order in which pages offer them. */
export async function allConnections(
  { read }: Visit,
  asked: Readonly<Record<string, string | string[]>> = {},
): Promise<readonly Connection[]> {
  const all: Connection[] = [];
  let cursor: string | null = null;
  do {
    const query = { ...asked, limit: '200', ...(cursor !== null && { cursor }) };
    const page: Listed<Connection> = await read('GET /connections', { query });
    all.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  const { connections: order = [] } = await read<{ connections?: readonly string[] }>(
    'GET /connections/order',
  );
  const placeOf = ({ alias }: Connection) => order.indexOf(alias);
  return order.length > 0 ? all.toSorted((one, other) => placeOf(one) - placeOf(other)) : all;
}

/** Returns what a check has found, a line each. */
export function findingList({ checks }: Check, { say }: Visit): Html {
  const lines = checks.map(({ check, verdict, detail }) => {
    const { tone, text } = verdicts[verdict];
    return html`<li><span class="badge ${tone}">${say(text)}</span> <code>${check}</code> <span lang="en">${detail}</span></li>
`;
  });
  return html`<ul class="plain findings">${lines}</ul>`;
}

export interface Check {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly check: string;
    readonly verdict: keyof typeof verdicts;
    readonly detail: string;
  }[];
}

const verdicts = {
  ok: { tone: 'good', text: { en: 'in order', zh: '正常' } },
  'to-fix': { tone: 'bad', text: { en: 'to fix', zh: '需要修正' } },
  'not-tried': { tone: '', text: { en: 'not tried', zh: '未检查' } },
} as const;
