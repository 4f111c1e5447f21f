import { below as rowsBelow } from '../kit/database/timestamp-range.ts';
import type { Standing } from '../vault/standing.ts';
import type { Sort } from './identity-filter.ts';
import type { IdentityQuestion, Window } from './identity-question.ts';
import type { Parameters } from './parameters.ts';

interface Asked extends Pick<IdentityQuestion, 'filter' | 'sort'> {
  readonly window: Window;
  /** SQL: the present time, and the standing of an entry `e`. */
  readonly time: string;
  readonly stands: Standing;
  readonly app: string | undefined;
  readonly parameters: Parameters;
}

/**
 * SQL: the rows (id, at) after the window's position in the order of the list. Each comes from an index that has this
 * order, so that only the rows of the window are read.
 */
export function sourceOf(asked: Asked): string {
  const { source } = asked.window;
  if (source === 'among') return among(asked);
  if (source === 'ended') return ended(asked);
  if (source === 'moved' || source === 'other client') return linked(asked);
  const { sort } = asked;
  if (sort === 'ends') return ends(asked);
  return sort === 'last_used' ? lastUsed(asked) : linked(asked);
}

/** The condition on the rows that come later in a descending order. */
function below({ window: { after }, parameters: { add } }: Asked, at: string, id: string): readonly string[] {
  return after ? [rowsBelow([at, id], after, { at: add(after.at), id: add(after.id) })] : [];
}

const all = (conditions: readonly string[]) =>
  conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';

function linked(asked: Asked): string {
  const { filter, window, parameters } = asked;
  const { linkedSince, linkedUntil } = filter;
  const conditions = [
    ...below(asked, 'linked_at', 'id'),
    ...(linkedSince ? [`linked_at >= ${parameters.add(linkedSince)}`] : []),
    ...(linkedUntil ? [`linked_at < ${parameters.add(linkedUntil)}`] : []),
  ];
  const select = 'SELECT id, linked_at AS at FROM identity';
  if (!filter.ofFewConnections && !window.connections) return `${select} ${all(conditions)}`;
  return eachConnection(asked, [
    `${select} ${all(['connection_id = c.id', ...conditions])} ORDER BY linked_at DESC, id DESC LIMIT ${parameters.add(window.size)}`,
  ]);
}

/** Dead grants by the time of their end, with those that ran out. */
function ended(asked: Asked): string {
  const size = asked.parameters.add(asked.window.size);
  const noted = ['connection_id = c.id', "state <> 'active'", ...below(asked, 'state_since', 'identity_id')];
  const ranOut = [
    ...['connection_id = c.id', "state = 'active'", 'NOT refreshable', 'access_expires_at IS NOT NULL'],
    ...[`access_expires_at <= ${asked.time}`, ...below(asked, 'access_expires_at', 'identity_id')],
  ];
  const select = (at: string, where: readonly string[]) =>
    `SELECT identity_id AS id, ${at} AS at FROM vault_entry ${all(where)} ORDER BY ${at} DESC, identity_id DESC LIMIT ${size}`;
  return eachConnection(asked, [select('state_since', noted), select('access_expires_at', ranOut)]);
}

function eachConnection({ filter, window, parameters: { add } }: Asked, selects: readonly string[]): string {
  const union = selects.map((select) => `(${select})`).join(' UNION ALL ');
  return `SELECT one.id, one.at FROM unnest(${add(window.connections ?? filter.connections)}::text[]) AS c (id) CROSS JOIN LATERAL (${union}) AS one`;
}

/** Grants that are alive, by the next end that no refresh moves. */
function ends(asked: Asked): string {
  const { filter, window, time, parameters } = asked;
  const { endsBefore } = filter;
  const { after, size } = window;
  const { add } = parameters;
  const limit = add(size);
  const conditions = [
    ...["state = 'active'", 'ends_at IS NOT NULL', `ends_at > ${time}`],
    ...(after ? [`(ends_at, identity_id) > (${add(after.at)}, ${add(after.id)})`] : []),
    ...(endsBefore ? [`ends_at < ${add(endsBefore)}`] : []),
  ];
  const select = (own: string) =>
    `SELECT identity_id AS id, ends_at AS at FROM vault_entry ${all([own, ...conditions])}
      ORDER BY ends_at, identity_id LIMIT ${limit}`;
  if (filter.ofFewConnections) return eachConnection(asked, [select('connection_id = c.id')]);
  return `SELECT id, at FROM ((${select('refreshable')}) UNION ALL (${select('NOT refreshable')})) AS one`;
}

/** The index has times that may be an hour old, so a use that the filter asks for may be there under an earlier one. */
function lastUsed({ filter, app, window: { after }, parameters: { add } }: Asked): string {
  const { lastUsedBefore, lastUsedAfter } = filter;
  const at = after && add(after.at);
  const conditions = [
    `app_id = ${app}`,
    ...(after ? [`last_at <= ${at} AND (last_at < ${at} OR identity_id > ${add(after.id)})`] : []),
    ...(lastUsedBefore ? [`last_at < ${add(lastUsedBefore)}`] : []),
    ...(lastUsedAfter ? [`last_at >= ${add(lastUsedAfter)}::timestamptz - interval '1 hour'`] : []),
  ];
  return `SELECT identity_id AS id, last_at AS at FROM app_use ${all(conditions)}`;
}

/** A few identities that are known already, in the order of the list. */
function among(asked: Asked): string {
  const { sort, window, app, time, parameters } = asked;
  const { add } = parameters;
  const at = {
    linked: 'i.linked_at',
    since: asked.stands.since,
    ends: `CASE WHEN e.state = 'active' AND e.ends_at > ${time} THEN e.ends_at END`,
    last_used: '(SELECT last_at FROM app_use WHERE identity_id = i.id AND app_id = ',
  } satisfies Record<Sort, string>;
  const key = sort === 'last_used' ? `${at.last_used}${app})` : at[sort];
  const { after } = window;
  const later = after && comesAfter(sort, add(after.at), add(after.id));
  return `SELECT id, at FROM (SELECT i.id, ${key} AS at FROM identity i LEFT JOIN vault_entry e ON e.identity_id = i.id
    WHERE i.id = ANY (${add(window.ids ?? [])})) AS one ${all(['at IS NOT NULL', ...(later ? [later] : [])])}`;
}

function comesAfter(sort: Sort, at: string, id: string): string {
  if (sort === 'ends') return `(at, id) > (${at}, ${id})`;
  return sort === 'last_used' ? `at <= ${at} AND (at < ${at} OR id > ${id})` : `(at, id) < (${at}, ${id})`;
}
