import type { Standing } from '../vault/standing.ts';
import type { Parameters } from './parameters.ts';

/** The filter of a list of identities. An identity must match all fields; of several values, any. */
export interface IdentityFilter {
  /** The ids of the connections. */
  readonly connections: readonly string[];
  /** The caller has named connections, so these are not all. */
  readonly ofFewConnections?: boolean;
  readonly states?: readonly string[] | undefined;
  readonly reasons?: readonly string[] | undefined;
  /** An app that has used the account. */
  readonly app?: string | undefined;
  /** By that app if one is given. An account that was never used counts as used before any time. */
  readonly lastUsedBefore?: Date | undefined;
  readonly lastUsedAfter?: Date | undefined;
  /** Living grants with an end that no refresh moves before this time. */
  readonly endsBefore?: Date | undefined;
  readonly linkedSince?: Date | undefined;
  readonly linkedUntil?: Date | undefined;
  readonly search?: string | undefined;
  /** The search compares no e-mail address and no subject. */
  readonly namesOnly?: boolean;
}

/** The orders of a list. `since`: accounts whose grant has ended. `ends`: living grants with an end ahead. */
export const sorts = ['linked', 'since', 'ends', 'last_used'] as const;
export type Sort = (typeof sorts)[number];

const endedStates = ['reauthorization_required', 'revoked'];

/**
 * Returns the order that an index has for this filter. The state of a living grant is computed, so such lists are in the
 * order of linking.
 */
export function usualSort({ app, states, reasons, endsBefore }: IdentityFilter): Sort {
  if (app !== undefined) return 'last_used';
  if (endsBefore) return 'ends';
  const ended = states?.every((state) => endedStates.includes(state)) ?? reasons !== undefined;
  return ended ? 'since' : 'linked';
}

/** SQL: the conditions on an identity `i`, its user `p`, its entry `e` and the use `u` by the app. */
export function conditionsOf(
  filter: IdentityFilter,
  { add }: Parameters,
  { state, reason }: Standing,
): readonly string[] {
  const { states, reasons, app, lastUsedBefore, lastUsedAfter, endsBefore, linkedSince, linkedUntil } =
    filter;
  const used = app === undefined ? 'e.last_used_at' : 'greatest(u.last_at, u.recent_at)';
  return [
    `i.connection_id = ANY (${add(filter.connections)})`,
    ...(states ? [`${state} = ANY (${add(states)})`] : []),
    ...(reasons ? [`${reason} = ANY (${add(reasons)})`] : []),
    ...(app === undefined ? [] : ['u.app_id IS NOT NULL']),
    ...(lastUsedBefore ? [`(${used} IS NULL OR ${used} < ${add(lastUsedBefore)})`] : []),
    ...(lastUsedAfter ? [`${used} >= ${add(lastUsedAfter)}`] : []),
    ...(endsBefore ? [`e.state = 'active' AND e.ends_at < ${add(endsBefore)}`] : []),
    ...(linkedSince ? [`i.linked_at >= ${add(linkedSince)}`] : []),
    ...(linkedUntil ? [`i.linked_at < ${add(linkedUntil)}`] : []),
    ...(filter.search === undefined ? [] : [matches(filter.search, filter.namesOnly === true, add)]),
  ];
}

function matches(search: string, namesOnly: boolean, add: Parameters['add']): string {
  const whole = add(search);
  const part = (column: string) => `strpos(symbolon_fold(${column}), symbolon_fold(${whole})) > 0`;
  const ids = [`i.id = ${whole}`, `i.user_id = ${whole}`, part('i.name'), part('p.name')];
  const hidden = [`i.subject = ${whole}`, part('i.email'), alternateIs(whole)];
  return `(${[...ids, ...(namesOnly ? [] : hidden)].join(' OR ')})`;
}

/** SQL: another id of the account is this one. */
export function alternateIs(value: string): string {
  return `(i.alternates <> '{}' AND jsonb_path_query_array(i.alternates, '$.*') @> jsonb_build_array(${value}::text))`;
}
