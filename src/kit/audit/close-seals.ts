import type pg from 'pg';
import { after, type Clock, hours, seconds } from '../clock.ts';
import type { EventMark } from '../events/event-mark.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Logger } from '../log.ts';
import { addSeal } from './add-seal.ts';
import { type ChainedEvent, createSealSigner, keyOf, lineOf, readLines, type Seal } from './seal.ts';
import { createSealStore, type FeedEvent, type Position, type SealStore } from './seal-store.ts';

/**
 * The hash chain over the events. This inner room owns the seals, their check, and the heads that each process writes to its
 * disk. It reads the events and changes none.
 */
export interface AuditChain {
  /** Seals the events since the last seal. Returns when all are sealed that were committed, or after a minute. */
  close(): Promise<void>;
  /** Notes that a backup, or a standby that was behind, has taken over: seals that were closed before may be gone. */
  noteRestored(by: string): Promise<void>;
}

export interface AuditChainDeps {
  readonly pool: pg.Pool;
  readonly keyring: Pick<Keyring, 'derive'>;
  readonly mark: Pick<EventMark, 'proves'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The most events in one seal. */
  readonly most?: number;
}

/** Without events, a seal is closed this often, so that a missing end is seen. */
const idleInterval = hours(1);
/** The rest is sealed a minute later. */
const longestRun = seconds(50);
/** After a restored dump, events before that time are taken to be sealed. */
const latestCommit = hours(24);

export function createAuditChain({
  pool,
  keyring,
  mark,
  clock,
  log,
  most = 10_000,
}: AuditChainDeps): AuditChain {
  const signer = createSealSigner(keyring);

  function linesOf(events: readonly ChainedEvent[]): Uint8Array {
    const lines = events.map((event) => {
      if (event.mark === null) return lineOf(event, 'unmarked');
      if (mark.proves(event, event.mark)) return lineOf(event, 'marked');
      const { id, type } = event;
      log.error(
        { id, type },
        'an audit event has a mark of no key here: another hand has written or changed it',
      );
      return lineOf(event, 'forged');
    });
    return Buffer.concat(lines);
  }

  /** Closes one seal. Returns true if there may be more events. */
  async function closeOne(store: SealStore): Promise<boolean> {
    const last = await store.newest();
    const { tx: horizon, now } = await store.horizon();
    const start: Position = { tx: last?.endTx ?? '0', id: last?.endId ?? '' };
    if (last && BigInt(start.tx) > BigInt(horizon)) {
      await store.renumber();
      const events = await unsealed(store, last, horizon);
      const note = { by: 'the numbers of transactions', renumbered: true };
      const end = { tx: horizon, id: '' };
      await addSeal(store, signer, { kind: 'restored', note, lines: linesOf(events), end });
      return true;
    }
    const events = await store.between(start, { tx: horizon, id: '' }, most);
    const full = events.length === most;
    if (last && events.length === 0 && now.getTime() - last.closedAt.getTime() < idleInterval) return false;
    const end = (full ? events.at(-1) : undefined) ?? { tx: horizon, id: '' };
    await addSeal(store, signer, { kind: 'events', lines: linesOf(events), end: { tx: end.tx, id: end.id } });
    return full;
  }

  async function withStore(work: (store: SealStore) => Promise<void>): Promise<void> {
    const client = await pool.connect();
    let broken = true;
    try {
      await work(createSealStore(client));
      broken = false;
    } finally {
      client.release(broken);
    }
  }

  return {
    close: () =>
      withStore(async (store) => {
        const until = after(clock.now(), longestRun);
        while ((await store.alone(() => closeOne(store))) && clock.now() < until);
      }),
    noteRestored: (by) =>
      withStore((store) =>
        store.afterOthers(() => addSeal(store, signer, { kind: 'restored', note: { by } })),
      ),
  };
}

/**
 * Returns the events that the dump had and no seal has. Their numbers tell nothing any more, so they are found by time and
 * by the lines of the last seals.
 */
async function unsealed(store: SealStore, last: Seal, horizon: string): Promise<readonly FeedEvent[]> {
  const from = new Date(last.closedAt.getTime() - latestCommit);
  const sealed = new Set<string>();
  const earlier = new Date(from.getTime() - latestCommit);
  for (let after = -1n; ; ) {
    const next = await store.linesSince(earlier, after);
    if (!next) break;
    for (const key of readLines(next.lines).keys()) sealed.add(key);
    after = next.seq;
  }
  const found: FeedEvent[] = [];
  for (let at = from, id = ''; ; ) {
    const page = await store.since(at, id, 1_000);
    found.push(...page.filter((event) => BigInt(event.tx) < BigInt(horizon) && !sealed.has(keyOf(event.id))));
    const end = page.at(-1);
    if (!end) return found;
    [at, id] = [end.at, end.id];
  }
}
