import type pg from 'pg';
import { atOnce, type LostRows } from '../kit/keys/lost-rows.ts';
import { keyIdOf } from '../kit/keys/sealed-column.ts';
import { connectionChannel } from './connection-store.ts';

/**
 * The secrets of connections that a lost key sealed. Their connection is disabled: without its secret a provider would
 * refuse each refresh, and some refusals end a grant.
 */
function createLostSecrets(
  pool: pg.Pool,
  column: 'client_secret' | 'option_secrets',
  name: string,
): LostRows {
  const lost = `${column} IS NOT NULL AND ${keyIdOf(column)} = ANY($1)`;
  const text = `WITH lost AS (
      UPDATE connection SET ${column} = NULL, enabled = false, updated_at = clock_timestamp() WHERE ${lost} RETURNING id
    ) SELECT count(*)::int AS n, pg_notify('${connectionChannel}', '')::text FROM lost`;
  return {
    name,
    consequence:
      'their connections are disabled; enter each anew (PATCH /admin/v1/connections/ALIAS), then `symbolon connections enable ALIAS`',
    async namesOf(keyIds) {
      const query = `SELECT alias FROM connection WHERE ${lost} ORDER BY alias`;
      return (await pool.query<{ alias: string }>(query, [keyIds])).rows.map(({ alias }) => alias);
    },
    giveUp: (keyIds) => atOnce(pool.query<{ n: number }>(text, [keyIds]).then(({ rows }) => rows[0]?.n ?? 0)),
  };
}

export function createLostClientSecrets(pool: pg.Pool): LostRows {
  return createLostSecrets(pool, 'client_secret', 'client secrets');
}

export function createLostOptionSecrets(pool: pg.Pool): LostRows {
  return createLostSecrets(pool, 'option_secrets', 'secret options of connections');
}

/** Pending sign-ins whose secrets a lost key sealed. */
export function createLostAttempts(pool: pg.Pool): LostRows {
  const text = `DELETE FROM login_attempt WHERE ${keyIdOf('secrets')} = ANY($1)`;
  return {
    name: 'sign-ins under way',
    consequence: 'these people start their sign-in again',
    giveUp: (keyIds) => atOnce(pool.query(text, [keyIds]).then(({ rowCount }) => rowCount ?? 0)),
  };
}
