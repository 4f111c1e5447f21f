import type pg from 'pg';
import { minutes } from '../clock.ts';
import { about, inserted } from './check-seal.ts';
import type { Finding } from './finding.ts';
import { type ChainedEvent, keyOf, readLines, type Seal } from './seal.ts';
import { createSealStore, type Position, type SealStore } from './seal-store.ts';
import type { ChainSource, SealAndRows } from './verify-chain.ts';

/** Seals in one statement. */
const sealsAtOnce = 10;
const rowsAtOnce = 2_000;

export interface DatabaseSourceOptions {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/** Reads chain and events with bounded statements. `note` receives what is no contradiction. */
export function createDatabaseSource(
  pool: pg.Pool,
  { since, until }: DatabaseSourceOptions,
  note: (text: string) => void,
): ChainSource {
  const store = createSealStore(pool);
  /** Of the seals before the feed was renumbered, whose rows have lost their places. */
  const placeless = new PlacelessKeys();

  async function* seals(): AsyncGenerator<SealAndRows> {
    const renumbered = await store.lastRenumbered();
    const first = since && ((await store.firstSince(since)) ?? (await store.newest())?.seq);
    if (since && first === undefined) return;
    let after = first === undefined ? 0n : first - 2n;
    let before: Position = { tx: '0', id: '' };
    // Without the first seals: the one before gives the place.
    let skip = first !== undefined && first > 1n;
    for (;;) {
      const page = await store.seals(after, sealsAtOnce);
      for (const seal of page) {
        if (until && seal.closedAt > until) return;
        const end = { tx: seal.endTx, id: seal.endId };
        if (skip) skip = false;
        else if (renumbered && seal.seq <= renumbered.seq) {
          placeless.add(seal);
          yield { seal, rows: byIds(store, seal) };
        } else yield { seal, rows: inOrder(store, before, end) };
        before = end;
      }
      const last = page.at(-1);
      if (!last) return;
      after = last.seq;
    }
  }

  return {
    seals,
    removals: () => store.removals(),
    elsewhere: (ids) => inPages(ids, (some) => store.byIds(some)),
    async *after(last) {
      const renumbered = await store.lastRenumbered();
      if (renumbered && !since) yield* insertedBefore(store, renumbered, placeless);
      if (!until) await noteUnsealed(store, last, note);
    },
  };
}

async function* inOrder(
  store: SealStore,
  from: Position,
  to: Position,
): AsyncGenerator<readonly ChainedEvent[]> {
  for (let after = from; ; ) {
    const page = await store.between(after, to, rowsAtOnce);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (!last || page.length < rowsAtOnce) return;
    after = { tx: last.tx, id: last.id };
  }
}

async function* byIds(store: SealStore, { lines }: Seal): AsyncGenerator<readonly ChainedEvent[]> {
  const ids = [...readLines(lines).values()].flatMap(({ id }) => id ?? []);
  for (let at = 0; at < ids.length; at += rowsAtOnce) yield await store.byIds(ids.slice(at, at + rowsAtOnce));
}

async function inPages(
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<readonly ChainedEvent[]>,
): Promise<readonly ChainedEvent[]> {
  const found: ChainedEvent[] = [];
  for (let at = 0; at < ids.length; at += rowsAtOnce)
    found.push(...(await read(ids.slice(at, at + rowsAtOnce))));
  return found;
}

/** Finds rows of no seal among those that were sealed before a restored dump was renumbered. */
async function* insertedBefore(store: SealStore, seal: Seal, keys: PlacelessKeys): AsyncGenerator<Finding> {
  const end = { tx: seal.endTx, id: seal.endId };
  for await (const page of inOrder(store, { tx: '0', id: '' }, end))
    for (const row of page) if (!keys.has(row.id)) yield about(seal, row, inserted);
}

/** The ids of these events stay in memory: about 50 bytes each, and only after a restored dump. */
class PlacelessKeys {
  #keys = new Set<bigint>();

  add({ lines }: Seal): void {
    for (const key of readLines(lines).keys()) this.#keys.add(shortOf(key));
  }

  has(id: string): boolean {
    return this.#keys.has(shortOf(keyOf(id)));
  }
}

/** The random half of the id. */
function shortOf(key: string): bigint {
  return Buffer.from(key, 'latin1').readBigUInt64BE(8);
}

async function noteUnsealed(store: SealStore, last: Seal | undefined, note: (text: string) => void) {
  const from = { tx: last?.endTx ?? '0', id: last?.endId ?? '' };
  const { tx, now } = await store.horizon();
  const [oldest] = await store.between(from, { tx, id: '' }, 1);
  if (!oldest || now.getTime() - oldest.at.getTime() < minutes(5)) return;
  note(
    `Events since ${oldest.at.toISOString()} are not sealed yet. A running broker seals them every minute; see its log.`,
  );
}
