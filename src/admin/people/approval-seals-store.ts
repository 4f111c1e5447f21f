import type pg from 'pg';
import { keyIdOf } from '../../kit/keys/sealed-column.ts';
import { countedByKey } from '../../kit/keys/sealed-column-rows.ts';
import type { SealedRows } from '../../kit/keys/sealed-rows.ts';

/** Changes that wait for approval end within a day, and their answers within a month. They are counted, not re-sealed. */
export function createApprovalSeals(pool: pg.Pool): SealedRows {
  const count = `SELECT key, count(*)::int AS values FROM (
    SELECT ${keyIdOf('request')} AS key FROM admin_approval WHERE request IS NOT NULL AND expires_at > now()
    UNION ALL SELECT ${keyIdOf('answer')} FROM admin_approval WHERE answer IS NOT NULL) AS sealed GROUP BY 1`;
  return { name: 'changes that wait for approval', countByKey: () => countedByKey(pool, count) };
}
