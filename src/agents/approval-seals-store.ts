import type pg from 'pg';
import { keyIdOf } from '../kit/keys/sealed-column.ts';
import { countedByKey } from '../kit/keys/sealed-column-rows.ts';
import type { SealedRows } from '../kit/keys/sealed-rows.ts';

/** Calls that wait for a person end within the hour. They are counted, not re-sealed. */
export function createAgentApprovalSeals(pool: pg.Pool): SealedRows {
  const count = `SELECT ${keyIdOf('content')} AS key, count(*)::int AS values FROM agent_approval
    WHERE content IS NOT NULL AND expires_at > now() GROUP BY 1`;
  return { name: 'calls that wait for a person', countByKey: () => countedByKey(pool, count) };
}
