import type pg from 'pg';
import { atOnce, type LostRows } from '../../kit/keys/lost-rows.ts';
import { keyIdOf } from '../../kit/keys/sealed-column.ts';

/** The changes that wait for approval, and the answers of earlier ones, that a lost key sealed. */
export function createLostApprovals(pool: pg.Pool): LostRows {
  const text = `UPDATE admin_approval SET request = NULL, answer = NULL,
      failure = CASE WHEN state = 'pending' THEN 'key_lost' ELSE failure END,
      state = CASE WHEN state = 'pending' THEN 'failed' ELSE state END
    WHERE ${keyIdOf('request')} = ANY($1) OR ${keyIdOf('answer')} = ANY($1)`;
  return {
    name: 'changes that wait for approval',
    consequence: 'these changes are not made; an admin asks for them again',
    giveUp: (keyIds) => atOnce(pool.query(text, [keyIds]).then(({ rowCount }) => rowCount ?? 0)),
  };
}
