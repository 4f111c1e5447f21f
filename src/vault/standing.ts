/** Days before an end that no refresh moves. An entry counts as expiring from then on. */
export const endNoticeDays = 5;

/** The facts of a connection that decide about its entries, as JSON gets them. Origins are joined by spaces. */
export interface ConnectionFacts {
  /** The present client id. */
  readonly client: string;
  /** A token can be exchanged only while it is valid. */
  readonly live: boolean;
  /** The origins to which an app or a refresh sends a token now. */
  readonly to: string;
  /** All present origins. */
  readonly all: string;
  /** The origins of a set that has none of its own. */
  readonly own: string;
  /** Origins that are the same provider. */
  readonly same: string;
  /** When the connection was last changed. */
  readonly changed: string;
}

/** SQL expressions about one entry. */
export interface Standing {
  readonly state: string;
  readonly reason: string;
  readonly since: string;
}

/**
 * Returns the SQL of what `healthOf` says about an entry at a time, without a token being opened. `entry`: the alias of
 * the entry's row. `facts`: a jsonb object of `ConnectionFacts` by connection id. `now`: a timestamptz.
 */
export function standing({
  entry: e,
  facts,
  now,
}: {
  readonly entry: string;
  readonly facts: string;
  readonly now: string;
}): Standing {
  const fact = (name: keyof ConnectionFacts) => `(${facts} -> ${e}.connection_id ->> '${name}')`;
  const list = (text: string) => `string_to_array(${text}, ' ')`;
  const alive = `(${e}.access_expires_at IS NULL OR ${e}.access_expires_at > ${now})`;
  const otherClient = `(${e}.client_id IS NOT NULL AND ${e}.client_id <> ${fact('client')})`;
  const ranOut = `(NOT ${e}.refreshable AND NOT ${alive} AND NOT ${otherClient})`;
  // An older process may have raised the version: its set may have other origins.
  const own = `CASE WHEN ${e}.described_version = ${e}.version THEN coalesce(${e}.origins, ${fact('own')}) ELSE ${fact('own')} END`;
  const moved = `CASE WHEN ${own} IN ('', ${fact('all')}) THEN false ELSE EXISTS (
    SELECT FROM unnest(${list(fact('to'))}) AS destination WHERE destination <> ALL (${list(own)})
      AND NOT (destination = ANY (${list(fact('same'))}) AND ${list(fact('same'))} && ${list(own)})) END`;
  const end = `LEAST(${e}.refresh_expires_at, ${e}.absolute_cap_at,
    CASE WHEN NOT ${e}.refreshable OR ${fact('live')} = 'true' THEN ${e}.access_expires_at END)`;
  return {
    state: `CASE WHEN ${e}.state = 'revoked' THEN 'revoked'
      WHEN ${e}.state <> 'active' OR ${ranOut} OR ${moved} THEN 'reauthorization_required'
      WHEN ${otherClient} AND (${e}.unverified OR NOT ${alive}) THEN 'retrying'
      WHEN ${e}.lease_until > ${now} THEN 'refreshing'
      WHEN ${e}.failures > 0 OR ${e}.unverified THEN 'retrying'
      WHEN ${end} < ${now} + interval '${endNoticeDays} days' THEN 'expiring' ELSE ${e}.state END`,
    reason: `CASE WHEN ${e}.state <> 'active' THEN coalesce(${e}.state_reason, 'rejected')
      WHEN ${ranOut} THEN 'not_refreshable' WHEN ${moved} THEN 'origin_changed' END`,
    since: `CASE WHEN ${e}.state <> 'active' THEN ${e}.state_since WHEN ${ranOut} THEN ${e}.access_expires_at
      WHEN ${moved} THEN ${fact('changed')}::timestamptz ELSE ${e}.state_since END`,
  };
}
