import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import type { Keyring } from './keyring.ts';
import { atOnce, type LostRows } from './lost-rows.ts';
import type { RowTagStage } from './row-tags.ts';
import { keyIdOf, openColumn, sealColumn } from './sealed-column.ts';
import { createSealedColumnRows } from './sealed-column-rows.ts';
import type { LastingRows } from './sealed-rows.ts';

/**
 * The key of the row tags, sealed in one row together with the stage. A change of encryption keys re-seals this row
 * alone, and no tag changes.
 */
export interface RowTagKey {
  readonly key: Uint8Array;
  readonly stage: RowTagStage;
}

export interface RowTagKeyStore {
  /** @throws UnreadableError when the row was not sealed under the encryption keys */
  read(): Promise<RowTagKey | undefined>;
  /** Inserts a new key unless there is one. Returns the key in the table. */
  insert(stage: RowTagStage): Promise<RowTagKey>;
  /** Replaces the stage of the key. */
  setStage(known: RowTagKey, stage: RowTagStage): Promise<void>;
  remove(): Promise<void>;
}

const context = () => 'row_tag_key:1:sealed';
const shape = z.object({ key: z.base64(), stage: z.enum(['adopting', 'required']) });

export function createRowTagKeyStore(pool: pg.Pool, keyring: Keyring): RowTagKeyStore {
  const sealed = ({ key, stage }: RowTagKey) =>
    sealColumn(keyring, JSON.stringify({ key: Buffer.from(key).toString('base64'), stage }), context());
  const read = async () => {
    const text = 'SELECT sealed FROM row_tag_key WHERE id = 1';
    const [row] = (await pool.query<{ sealed: Uint8Array }>(text)).rows;
    if (!row) return undefined;
    const { key, stage } = shape.parse(JSON.parse(openColumn(keyring, row.sealed, context())));
    return { key: Buffer.from(key, 'base64'), stage };
  };

  return {
    read,
    async insert(stage) {
      const made = { key: randomBytes(32), stage };
      await pool.query('INSERT INTO row_tag_key (id, sealed) VALUES (1, $1) ON CONFLICT DO NOTHING', [
        sealed(made),
      ]);
      return (await read()) ?? made;
    },
    async setStage({ key }, stage) {
      await pool.query('UPDATE row_tag_key SET sealed = $1 WHERE id = 1', [sealed({ key, stage })]);
    },
    async remove() {
      await pool.query('DELETE FROM row_tag_key');
    },
  };
}

/** The sealed column, for the change of encryption keys. */
export function createRowTagKeySeals(pool: pg.Pool): LastingRows {
  return createSealedColumnRows(pool, {
    name: 'keys of row tags',
    count: `SELECT ${keyIdOf('sealed')} AS key, count(*)::int AS values FROM row_tag_key GROUP BY 1`,
    next: `SELECT id::text, sealed FROM row_tag_key
      WHERE ${keyIdOf('sealed')} <> $1 AND id::text > $2 ORDER BY id::text LIMIT $3`,
    replace: 'UPDATE row_tag_key SET sealed = $3 WHERE id = $1::int AND sealed = $2',
    context,
  });
}

/** The key of the tags, if a lost key sealed it. An operator then adopts the rows. */
export function createLostRowTagKey(pool: pg.Pool): LostRows {
  const text = `DELETE FROM row_tag_key WHERE ${keyIdOf('sealed')} = ANY($1)`;
  return {
    name: 'keys of row tags',
    consequence: 'no row is believed until `symbolon rows adopt --yes`, after a look at the database',
    giveUp: (keyIds) => atOnce(pool.query(text, [keyIds]).then(({ rowCount }) => rowCount ?? 0)),
  };
}
