import type pg from 'pg';
import { atOnce, type LostRows } from '../../kit/keys/lost-rows.ts';
import { keyIdOf } from '../../kit/keys/sealed-column.ts';

/**
 * The changes that wait for approval, and the answers of earlier ones, that a lost key sealed. The state has a tag, whose
 * key may be lost too, and stays: a pending change without a request counts as failed.
 */
export function createLostApprovals(pool: pg.Pool): LostRows {
  const text = `UPDATE admin_approval SET request = NULL, answer = NULL
    WHERE ${keyIdOf('request')} = ANY($1) OR ${keyIdOf('answer')} = ANY($1)`;
  return {
    name: 'changes that wait for approval',
    consequence: 'these changes are not made; an admin asks for them again',
    giveUp: (keyIds) => atOnce(pool.query(text, [keyIds]).then(({ rowCount }) => rowCount ?? 0)),
  };
}
