import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { z } from 'zod';
import { hostUrls } from '../database/database-hosts.ts';
import type { Logger } from '../log.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import type { Head } from './finding.ts';
import type { Seal, SealSigner } from './seal.ts';
import { createSealStore } from './seal-store.ts';

/** Keeps the newest head on this machine's disk and in the log, where a writer of the database does not reach it. */
export interface HeadKeeper {
  /** Writes the newest head, if the chain still has the head that was written last. */
  keep(): Promise<void>;
  /** Returns the newest seal that was seen, and whether the chain has lost the kept head. */
  state(): { readonly newest: Seal | undefined; readonly lost: boolean };
}

export interface HeadKeeperDeps {
  readonly pool: pg.Pool;
  readonly signer: SealSigner;
  readonly log: Logger;
  /** Undefined: the heads are only logged. */
  readonly file: string | undefined;
}

const stored = z.object({ seq: z.string().regex(/^\d+$/), hash: z.string(), closed_at: z.iso.datetime() });

/** Returns the file for the heads of this database, by its first host. `url`: undefined for the embedded one. */
export function headFileOf(directory: string, url: string | undefined): string {
  const { host, pathname } =
    url === undefined ? { host: '', pathname: 'embedded' } : new URL(hostUrls(url)[0]);
  const name = hash('sha256', `${host}${pathname}`, 'hex').slice(0, 12);
  return path.join(directory, `audit-head-${name}.json`);
}

/** Returns undefined if there is no such file. @throws when the file cannot be read */
export async function readHead(file: string): Promise<Head | undefined> {
  try {
    const { seq, hash: kept, closed_at } = stored.parse(JSON.parse(await readFile(file, 'utf8')));
    return { seq: BigInt(seq), hash: kept, closedAt: new Date(closed_at), from: file };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export function createHeadKeeper({ pool, signer, log, file }: HeadKeeperDeps): HeadKeeper {
  const store = createSealStore(pool);
  let kept: Head | undefined;
  let newest: Seal | undefined;
  let lost = false;

  /** Returns whether the chain has the head, or a signed seal says why it has not. */
  async function has({ seq = 0n, hash: digits, closedAt = new Date(0) }: Head): Promise<boolean> {
    const [seal] = await store.seals(seq - 1n, 1);
    if (seal?.seq === seq && hexOf(seal) === digits) return true;
    const [restored, cut] = [await store.lastOf('restored'), await store.lastOf('truncated')];
    if (restored && signer.check(restored) === 'valid' && restored.closedAt > closedAt) return true;
    return cut !== undefined && signer.check(cut) === 'valid' && BigInt(String(cut.note.to)) >= seq;
  }

  return {
    state: () => ({ newest, lost }),
    async keep() {
      newest = await store.newest();
      kept ??= file === undefined ? undefined : await readHead(file);
      lost = kept !== undefined && !(await has(kept));
      if (lost)
        return log.error(
          { seq: String(kept?.seq), hash: kept?.hash, file },
          'the audit chain has lost its end: run `symbolon audit verify`; after a restored backup, run `symbolon restored`',
        );
      if (!newest || hexOf(newest) === kept?.hash) return;
      kept = { seq: newest.seq, hash: hexOf(newest), closedAt: newest.closedAt, from: file ?? 'the log' };
      const content = { seq: String(newest.seq), hash: kept.hash, closed_at: newest.closedAt.toISOString() };
      log.info({ audit: content }, 'audit head');
      if (file !== undefined) await writeFileAtomically(file, Buffer.from(`${JSON.stringify(content)}\n`));
    },
  };
}

function hexOf({ hash: bytes }: Seal): string {
  return Buffer.from(bytes).toString('hex');
}
