import type pg from 'pg';
import { atOnce, type LostRows } from '../kit/keys/lost-rows.ts';
import { keyIdOf } from '../kit/keys/sealed-column.ts';
import type { ConnectionStore } from './connection-store.ts';

type Column = 'clientSecret' | 'optionSecrets';
const columns = { clientSecret: 'client_secret', optionSecrets: 'option_secrets' } as const;

/**
 * The secrets of connections that a lost key sealed. Their connection is disabled: without its secret a provider would
 * refuse each refresh, and some refusals end a grant.
 */
function createLostSecrets(pool: pg.Pool, store: Pick<ConnectionStore, 'change'>, column: Column): LostRows {
  const text = `SELECT id, alias FROM connection
    WHERE ${columns[column]} IS NOT NULL AND ${keyIdOf(columns[column])} = ANY($1) ORDER BY alias`;
  const affected = async (keyIds: readonly string[]) =>
    (await pool.query<{ id: string; alias: string }>(text, [keyIds])).rows;
  return {
    name: column === 'clientSecret' ? 'client secrets' : 'secret options of connections',
    consequence:
      'their connections are disabled; enter each anew (PATCH /admin/v1/connections/ALIAS), then `symbolon connections enable ALIAS`',
    namesOf: async (keyIds) => (await affected(keyIds)).map(({ alias }) => alias),
    async *giveUp(keyIds) {
      for (const { id } of await affected(keyIds)) {
        await store.change(id, { [column]: null, enabled: false }, async () => undefined);
        yield 1;
      }
    },
  };
}

/** Returns both kinds of secrets. */
export function createLostConnectionSecrets(
  pool: pg.Pool,
  store: Pick<ConnectionStore, 'change'>,
): readonly LostRows[] {
  return [createLostSecrets(pool, store, 'clientSecret'), createLostSecrets(pool, store, 'optionSecrets')];
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
