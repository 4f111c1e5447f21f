import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { addSeal } from '../../src/kit/audit/add-seal.ts';
import { createAuditChain } from '../../src/kit/audit/close-seals.ts';
import { createDatabaseSource } from '../../src/kit/audit/database-source.ts';
import { exportChain } from '../../src/kit/audit/export-file.ts';
import { createFileSource } from '../../src/kit/audit/file-source.ts';
import type { Finding } from '../../src/kit/audit/finding.ts';
import { createSealSigner } from '../../src/kit/audit/seal.ts';
import { createSealStore } from '../../src/kit/audit/seal-store.ts';
import { type Summary, type Verification, verifyChain } from '../../src/kit/audit/verify-chain.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createEventMark } from '../../src/kit/events/event-mark.ts';
import { createEventAppender } from '../../src/kit/events/event-store.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { newId } from '../../src/kit/ids.ts';
import { createKeyring, type EncryptionKey } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { freshDatabase } from '../support/database.ts';

export const newKey = (id: string): EncryptionKey => ({ id, key: randomBytes(32) });

export interface Verified {
  readonly findings: readonly Finding[];
  readonly summary: Summary;
  readonly notes: readonly string[];
}

/** A chain over the events of a database of its own. */
export async function auditWorld(keys: readonly EncryptionKey[] = [newKey('k1')]) {
  const database = await freshDatabase();
  const { pool } = database;
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const ringOf = (ring: readonly EncryptionKey[]) => {
    const keyring = createKeyring(ring);
    const mark = createEventMark(keyring);
    const chain = createAuditChain({ pool, keyring, mark, clock: systemClock, log, most: 5 });
    return { keyring, mark, chain, signer: createSealSigner(keyring) };
  };
  const first = ringOf(keys);
  const events = createEvents(pool, createLog('silent'), first.mark);
  const append = createEventAppender(pool, first.mark);

  async function verify(change: Partial<Verification> & { readonly since?: Date } = {}): Promise<Verified> {
    const notes: string[] = [];
    const { since, ...verification } = change;
    const source = createDatabaseSource(pool, { since }, (note) => notes.push(note));
    const partial = since !== undefined;
    return await walk({ source, signer: first.signer, heads: [], partial, ...verification }, notes);
  }

  return {
    ...first,
    database,
    pool,
    ringOf,
    append,
    logged: () => lines.join(''),
    sql: (text: string, values: unknown[] = []) => pool.query(text, values),
    /** Records events. Returns their ids. */
    async record(count: number): Promise<string[]> {
      const ids = Array.from({ length: count }, () => newId('evt'));
      for (const [index, id] of ids.entries())
        await events.record({
          id,
          type: 'app.created',
          appId: `app_${index}`,
          detail: { b: index, a: ['ä', '\n'] },
        });
      return ids;
    },
    /** Closes a seal when every event's transaction is over, and with it those of other test files that hold them back. */
    async seal(chain = first.chain): Promise<void> {
      const over = `SELECT coalesce(max(e.tx::text::bigint), 0) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS over
        FROM audit_event e`;
      await expect.poll(async () => (await pool.query(over)).rows[0].over).toBe(true);
      await chain.close();
    },
    verify,
    async exported(): Promise<string> {
      let text = '';
      for await (const part of exportChain(createDatabaseSource(pool, {}, () => undefined))) text += part;
      return text;
    },
    verifyExport: (text: string, signer: Verification['signer'] = first.signer) =>
      walk({ source: createFileSource(Readable.from([text])), signer, heads: [], partial: true }, []),
    async heads() {
      const { rows } = await pool.query(
        `SELECT seq::text, encode(hash, 'hex') AS hash, closed_at AS "closedAt" FROM audit_seal ORDER BY audit_seal.seq`,
      );
      return rows.map(({ seq, ...head }) => ({ ...head, seq: BigInt(seq), from: 'a file' }));
    },
    /** Adds a seal as another server did. */
    async sealAs(end: { tx: string; id: string }, sealed: Uint8Array) {
      const client = await pool.connect();
      try {
        const store = createSealStore(client);
        await store.afterOthers(() => addSeal(store, first.signer, { kind: 'events', lines: sealed, end }));
      } finally {
        client.release();
      }
    },
  };
}

export type AuditWorld = Awaited<ReturnType<typeof auditWorld>>;

async function walk(verification: Verification, notes: readonly string[]): Promise<Verified> {
  const findings: Finding[] = [];
  const steps = verifyChain(verification);
  let step = await steps.next();
  for (; !step.done; step = await steps.next()) findings.push(step.value);
  return { findings, summary: step.value, notes };
}
