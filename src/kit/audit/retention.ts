import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { after, before, type Clock, days } from '../clock.ts';
import { isUnanswered } from '../database/database-errors.ts';
import { firstIdAt, timeOfBound } from '../ids.ts';
import type { Keyring } from '../keys/keyring.ts';
import { sealRemoval } from './add-removal.ts';
import { createSealSigner } from './seal.ts';
import { createSealStore, type Position } from './seal-store.ts';
import { removeTo } from './truncate.ts';
import { createWeekStore, type Week, type WeekStore } from './week-store.ts';

/** Days; 0: for ever. */
export interface AuditKeep {
  readonly all: number;
  /** Of the events of each use and refresh, such as `token.retrieved`. */
  readonly retrievals: number;
}

export const keepAll: AuditKeep = { all: 0, retrievals: 0 };

export interface RetentionDeps {
  readonly pool: pg.Pool;
  readonly keyring: Pick<Keyring, 'derive'>;
  readonly clock: Clock;
  readonly keep: AuditKeep;
  /** The positions of the readers of the feed. Undefined: this one has not begun. */
  readonly readers: () => Promise<readonly (Position | undefined)[]>;
  /** Records that a week will be removed. */
  readonly onRemove: (removal: Removal) => Promise<void>;
}

export interface Removal {
  /** The time up to which the events have been removed. */
  readonly until: Date;
  /** Undefined: all. */
  readonly types: readonly string[] | undefined;
}

export type RetentionResult =
  | { readonly state: 'done' | 'another run'; readonly removed: readonly Removal[] }
  /** The weeks are due, and this role does not own the table. */
  | { readonly state: 'needs the owner'; readonly removed: readonly [] };

/** The types of which an account has new events all the time. */
const frequentTypes = [
  'token.retrieved',
  'token.proxied',
  'token.exchanged',
  'agent.called',
  'token.refreshed',
];
const lock = `hashtext('symbolon.audit.retention')`;
/** Writers wait for the exclusive lock as well, so that it is given up soon, and tried again. */
const lockTimeouts = [...Array<number>(20).fill(300), 1500, 1500];
const pauseBetween = 500;

/**
 * Removes the weeks that are past their time: first the events of uses and refreshes, later all. A week is removed once every reader of
 * the feed has passed it. It may be killed at any moment; the next run finishes.
 */
export async function runRetention(deps: RetentionDeps): Promise<RetentionResult> {
  const { pool } = deps;
  const weeks = createWeekStore(pool);
  if (!(await weeks.mayRemove())) {
    const isDue =
      (await dueWeeks(deps, weeks)).length > 0 || (await firstDueStray(deps, weeks)) !== undefined;
    return { state: isDue ? 'needs the owner' : 'done', removed: [] };
  }
  const holder = await pool.connect();
  holder.on('error', ignore);
  try {
    // A transaction without a number of its own holds no reader back, and ends with its process.
    await holder.query('BEGIN');
    const { rows } = await holder.query(`SELECT pg_try_advisory_xact_lock(${lock}) AS free`);
    if (!rows[0]?.free) return { state: 'another run', removed: [] };
    await weeks.dropLeftovers();
    await finishTruncation(deps);
    await addPastWeeks(deps, weeks);
    const removed: Removal[] = [];
    for (const one of await dueWeeks(deps, weeks)) {
      await remove(deps, weeks, one);
      removed.push(one);
    }
    return { state: 'done', removed };
  } finally {
    holder.removeListener('error', ignore);
    await holder.query('ROLLBACK').catch(ignore);
    holder.release();
  }
}

/** Returns the first event after an id that is in the default partition although its week is due. */
async function firstDueStray({ keep, clock }: RetentionDeps, weeks: WeekStore, last = '') {
  const counts = [keep.all, keep.retrievals].filter((count) => count > 0);
  if (counts.length === 0) return undefined;
  return await weeks.firstStray(last, weekOf(before(clock.now(), days(Math.min(...counts)))));
}

/** Gives the due weeks without a partition one of their own: their events would stay in the default partition. */
async function addPastWeeks(deps: RetentionDeps, weeks: WeekStore): Promise<void> {
  for (let stray = await firstDueStray(deps, weeks); stray !== undefined; ) {
    const start = weekOf(timeOfBound('evt', stray) ?? new Date(0));
    const week = { low: firstIdAt('evt', start), high: firstIdAt('evt', after(start, days(7))) };
    await tryForLocks((timeout) =>
      withClient(deps.pool, async (client) => {
        await createSealStore(client).afterOthers(async () => {
          await createWeekStore(client).addPast(week, timeout);
          await client.query('SELECT protect_audit_weeks()');
        });
      }),
    );
    stray = await firstDueStray(deps, weeks, week.high);
  }
}

/** Returns the beginning of a week: Monday, 00:00 UTC. */
function weekOf(time: Date): Date {
  const monday = days(4);
  return new Date(Math.floor((time.getTime() - monday) / days(7)) * days(7) + monday);
}

interface DueWeek extends Removal {
  readonly week: Week;
  readonly end: Position;
}

async function dueWeeks(deps: RetentionDeps, weeks: WeekStore): Promise<readonly DueWeek[]> {
  const { keep, clock, readers } = deps;
  const now = clock.now();
  const isPast = (time: Date, count: number) => count > 0 && after(time, days(count)) <= now;
  const due: DueWeek[] = [];
  const heads = [...(await readers()), await sealHead(deps)];
  for (const week of await weeks.weeks()) {
    const until = timeOfBound('evt', week.high);
    if (!until || (!isPast(until, keep.all) && !isPast(until, keep.retrievals))) continue;
    const end = await weeks.end(week);
    // A clock or a collation may have put a later event here.
    const latest = end && end.at > until ? end.at : until;
    const all = isPast(latest, keep.all);
    if (!all && !isPast(latest, keep.retrievals)) continue;
    if (end && !heads.every((head) => head && hasPassed(head, end))) continue;
    if (!all && !(await weeks.hasAny(week, frequentTypes))) continue;
    // The first partition stays for ids of all times, once it is empty.
    if (!end && week.low === undefined) continue;
    const place = end ?? { tx: '0', id: '' };
    due.push({ week, until, end: place, types: all ? undefined : frequentTypes });
  }
  return due;
}

async function sealHead({ pool }: RetentionDeps): Promise<Position | undefined> {
  const newest = await createSealStore(pool).newest();
  return newest && { tx: newest.endTx, id: newest.endId };
}

function hasPassed(head: Position, end: Position): boolean {
  const [at, last] = [BigInt(head.tx), BigInt(end.tx)];
  return at > last || (at === last && head.id >= end.id);
}

async function remove(deps: RetentionDeps, weeks: WeekStore, due: DueWeek): Promise<void> {
  const { week, until, types } = due;
  await deps.onRemove({ until, types });
  const copy = types && (await weeks.copyWithout(week, types));
  await sealRemoval({ ...deps, weeks, ...due });
  await tryForLocks((timeout) => replace(deps, due, copy, timeout));
  await weeks.dropLeftovers();
  if (!types) await finishTruncation(deps);
}

async function tryForLocks(work: (timeout: number) => Promise<void>): Promise<void> {
  for (const [tries, timeout] of lockTimeouts.entries()) {
    try {
      return await work(timeout);
    } catch (error) {
      if (!isUnanswered(error) || tries === lockTimeouts.length - 1) throw error;
      await pause(pauseBetween);
    }
  }
}

/** Puts the week out of the audit, unless an event has come into it since. No one renumbers the feed meanwhile. */
async function replace({ pool }: RetentionDeps, due: DueWeek, copy: string | undefined, timeout: number) {
  await withClient(pool, async (client) => {
    const weeks = createWeekStore(client);
    await createSealStore(client).afterOthers(async () => {
      await weeks.replace(due.week, copy, timeout);
      const gone = { ...due.week, table: `${due.week.table}_gone` };
      const end = await weeks.end(gone);
      if (end && (end.tx !== due.end.tx || end.id !== due.end.id))
        throw new Error('an event has come into the week meanwhile; the next run removes it');
      await client.query('SELECT protect_audit_weeks()');
    });
  });
}

async function withClient(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let broken = true;
  try {
    await work(client);
    broken = false;
  } finally {
    client.release(broken);
  }
}

/** Deletes the seals whose events are gone, also those that an earlier run has left. */
async function finishTruncation({ pool, keyring }: RetentionDeps): Promise<void> {
  const store = createSealStore(pool);
  const cut = await store.lastOf('truncated');
  if (!cut || createSealSigner(keyring).check(cut) === 'invalid') return;
  for await (const _count of removeTo(store, BigInt(String(cut.note.to))));
}

function ignore(): void {}
