import type pg from 'pg';
import { before, days } from '../clock.ts';
import { timeOfBound } from '../ids.ts';
import type { Keyring } from '../keys/keyring.ts';
import { addSeal } from './add-seal.ts';
import { marksOf, packMarks } from './removal.ts';
import { createSealSigner, keyOf, readLines, type Seal } from './seal.ts';
import { createSealStore, type Position, type SealStore } from './seal-store.ts';
import { lastBefore } from './truncate.ts';
import type { Week, WeekStore } from './week-store.ts';

export interface NewRemoval {
  readonly pool: pg.Pool;
  readonly keyring: Pick<Keyring, 'derive'>;
  readonly weeks: WeekStore;
  readonly week: Week;
  readonly until: Date;
  /** The last event of the week in the feed. */
  readonly end: Position;
  readonly types: readonly string[] | undefined;
}

/** An event may be sealed by a clock that is this much away from the one of its id. */
const clockError = days(8);

/**
 * Adds a signed seal about the events that will be removed, with their places in seals that stay. If all events go, a
 * second seal says up to which seal the chain goes too. It does nothing when an interrupted run has added them.
 */
export async function sealRemoval({
  pool,
  keyring,
  weeks,
  week,
  until,
  end,
  types,
}: NewRemoval): Promise<void> {
  const reader = createSealStore(pool);
  const cut = types || !(await isOldest(weeks, week)) ? undefined : await lastBefore(reader, until);
  const { marks, events } = await placesOf(reader, weeks, { week, end, types, after: cut?.seq });
  const note = { by: 'retention', until: until.toISOString(), ...(types && { types }), events, marks };
  const signer = createSealSigner(keyring);
  const known = await reader.removals();
  const client = await pool.connect();
  let broken = true;
  try {
    const store = createSealStore(client);
    await store.afterOthers(async () => {
      if (events > 0 && !known.some((seal) => isSame(seal, note)))
        await addSeal(store, signer, { kind: 'removed', note });
      if (!cut || BigInt(String((await store.lastOf('truncated'))?.note.to ?? 0)) >= cut.seq) return;
      const hash = Buffer.from(cut.hash).toString('hex');
      await addSeal(store, signer, {
        kind: 'truncated',
        note: { to: String(cut.seq), hash, reason: 'retention' },
      });
    });
    broken = false;
  } finally {
    client.release(broken);
  }
}

/** The seals before its end are deleted with their events, if no week before it has any. */
async function isOldest(weeks: WeekStore, { table }: Week): Promise<boolean> {
  for (const week of await weeks.weeks()) {
    if (week.table === table) return true;
    if (await weeks.end(week)) return false;
  }
  return false;
}

function isSame({ kind, note }: Seal, { until, marks }: { until: string; marks: string }): boolean {
  return kind === 'removed' && note.until === until && note.marks === marks;
}

interface Search {
  readonly week: Week;
  readonly end: Position;
  readonly types: readonly string[] | undefined;
  /** Only seals after this one. */
  readonly after: bigint | undefined;
}

/** Walks the seals that may have events of the week. */
async function placesOf(store: SealStore, weeks: WeekStore, { week, end, types, after }: Search) {
  const marks = new Map<bigint, Uint8Array>();
  let events = 0;
  const odd = types ? [] : await weeks.oddIds(week);
  const from = week.low === undefined ? undefined : timeOfBound('evt', week.low);
  const first = from && (await store.firstSince(before(from, clockError)));
  const renumbered = (await store.lastRenumbered())?.seq ?? 0n;
  for (let seq = largest((first ?? 1n) - 1n, after ?? 0n); ; ) {
    const [seal] = await store.seals(seq, 1);
    if (!seal) break;
    seq = seal.seq;
    const keys = await keysIn(weeks, week, { seal, types });
    for (const id of odd) keys.add(keyOf(id));
    const bits = keys.size > 0 ? marksOf(seal.lines, keys) : undefined;
    if (bits) {
      marks.set(seq, bits);
      events += ones(bits);
    }
    if (seq >= renumbered && isBehind(end, seal)) break;
  }
  return { marks: packMarks(marks), events };
}

async function keysIn(
  weeks: WeekStore,
  week: Week,
  { seal, types }: { readonly seal: Seal; readonly types: readonly string[] | undefined },
): Promise<Set<string>> {
  const ids = [...readLines(seal.lines).values()].flatMap(({ id }) => id ?? []);
  const inWeek = ids.filter((id) => id < week.high && (week.low === undefined || id >= week.low));
  if (inWeek.length === 0) return new Set();
  return new Set((await weeks.idsIn(week, inWeek, types)).map(keyOf));
}

/** Returns whether the seal is after the position. */
function isBehind({ tx, id }: Position, { endTx, endId }: Seal): boolean {
  return BigInt(endTx) > BigInt(tx) || (BigInt(endTx) === BigInt(tx) && endId >= id);
}

function largest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function ones(bits: Uint8Array): number {
  return bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
}
