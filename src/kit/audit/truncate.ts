import type pg from 'pg';
import type { Keyring } from '../keys/keyring.ts';
import { addSeal } from './add-seal.ts';
import { createSealSigner, readLines, type Seal } from './seal.ts';
import { createSealStore, type SealStore } from './seal-store.ts';

export interface Truncation {
  readonly pool: pg.Pool;
  readonly keyring: Pick<Keyring, 'derive'>;
  /** Seals that were closed before are deleted with their events. */
  readonly before: Date;
  readonly reason: string;
}

const rowsAtOnce = 1_000;

/**
 * Deletes the beginning of the audit by policy. A signed seal says so first, so that a check does not take it for tampering.
 * It may be stopped and run again. Yields the number of deleted events, seal by seal.
 */
export async function* truncateChain({ pool, keyring, before, reason }: Truncation): AsyncGenerator<number> {
  const signer = createSealSigner(keyring);
  const client = await pool.connect();
  let broken = true;
  try {
    const store = createSealStore(client);
    await store.afterOthers(async () => {
      const end = await lastBefore(store, before);
      if (!end) return;
      const note = { to: String(end.seq), hash: Buffer.from(end.hash).toString('hex'), reason };
      await addSeal(store, signer, { kind: 'truncated', note });
    });
    yield* removeTo(store, BigInt(String((await store.lastOf('truncated'))?.note.to ?? 0)));
    broken = false;
  } finally {
    client.release(broken);
  }
}

export async function lastBefore(store: SealStore, time: Date): Promise<Seal | undefined> {
  const first = (await store.firstSince(time)) ?? ((await store.newest())?.seq ?? 0n) + 1n;
  const [seal] = first > 1n ? await store.seals(first - 2n, 1) : [];
  // The seals before it may be deleted already.
  return seal && seal.closedAt < time ? seal : undefined;
}

/** Deletes the seals up to one with their events, also the rest of an earlier run that was stopped. */
export async function* removeTo(store: SealStore, to: bigint): AsyncGenerator<number> {
  for (;;) {
    const [seal] = await store.seals(0n, 1);
    if (!seal || seal.seq > to) return;
    const ids = [...readLines(seal.lines).values()].flatMap(({ id }) => id ?? []);
    for (let at = 0; at < ids.length; at += rowsAtOnce)
      await store.removeEvents(ids.slice(at, at + rowsAtOnce));
    await store.removeSeal(seal.seq);
    yield ids.length;
  }
}
