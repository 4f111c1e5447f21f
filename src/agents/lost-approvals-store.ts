import type pg from 'pg';
import { atOnce, type LostRows } from '../kit/keys/lost-rows.ts';
import { keyIdOf } from '../kit/keys/sealed-column.ts';

/** The calls of agents that wait for a person. Their content cannot be shown any more, so that no person can approve it. */
export function createLostAgentApprovals(pool: pg.Pool): LostRows {
  const remove = `DELETE FROM agent_approval WHERE ${keyIdOf('content')} = ANY($1)`;
  return {
    name: 'calls that wait for a person',
    consequence: 'agents ask for them again',
    giveUp: (keyIds) => atOnce(pool.query(remove, [keyIds]).then(({ rowCount }) => rowCount ?? 0)),
  };
}
