import type pg from 'pg';
import { atOnce, type LostRows } from '../../kit/keys/lost-rows.ts';
import { keyIdOf } from '../../kit/keys/sealed-column.ts';

/** The queued token sets of a lost key. Their grants stay at the providers. */
export function createLostRevocations(pool: pg.Pool): LostRows {
  const text = `UPDATE departure SET
      state = CASE WHEN state = 'pending' THEN 'gave_up' ELSE state END,
      last_error = CASE WHEN state = 'pending' THEN 'key_lost' ELSE last_error END,
      finished_at = coalesce(finished_at, now()), subject = NULL, ciphertext = NULL, wrapped_key = NULL, key_id = NULL
    WHERE key_id = ANY($1)`;
  return {
    name: 'departures',
    consequence:
      'these grants are not ended at their providers (`gave_up`); their people have to end them there',
    giveUp: (keyIds) => atOnce(pool.query(text, [keyIds]).then(({ rowCount }) => rowCount ?? 0)),
  };
}

/** The registrations of removed connections that a lost key sealed. What is queued for them cannot be sent. */
export function createLostRemovedConnections(pool: pg.Pool): LostRows {
  const text = `WITH gone AS (
      DELETE FROM departed_connection WHERE ${keyIdOf('sealed')} = ANY($1) RETURNING connection_id
    ), given AS (
      UPDATE departure SET state = 'gave_up', last_error = 'key_lost', finished_at = now(), subject = NULL,
        ciphertext = NULL, wrapped_key = NULL, key_id = NULL
      WHERE state = 'pending' AND connection_id IN (SELECT connection_id FROM gone)
    ) SELECT connection_id FROM gone`;
  return {
    name: 'removed connections',
    consequence: 'the grants that are queued for them are not ended at their providers (`gave_up`)',
    giveUp: (keyIds) => atOnce(pool.query(text, [keyIds]).then(({ rowCount }) => rowCount ?? 0)),
  };
}
