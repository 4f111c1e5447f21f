import type { Database } from '../kit/database/database.ts';
import type { Entry, Save } from './entry.ts';
import { type CachedEntryStore, createEntryStore, type EntryStore } from './entry-store.ts';
import type { Leased } from './lease-store.ts';
import { createRestoreStore } from './restore-store.ts';
import { createSeenVersions } from './seen-versions.ts';

/**
 * A cache of the sets that this process saved last, sealed as they were saved. A standby that lags behind takes over without
 * the last commits. A rotated refresh token would be lost with them, and with it the grant.
 */
export interface RecentSaves {
  /** The entry store, which fills the cache. */
  readonly store: EntryStore;
  /** The cache of entries that were read, to be told of changes. */
  readonly cached: CachedEntryStore['cached'];
  /** Called when the database may be another one, which lacks commits: lower versions are no sign of another hand. */
  forgetSeen(): void;
  /** Writes the sets again that the database has lost. */
  restoreLost(): Promise<Restored>;
  /**
   * Marks entries as in doubt that a process which is gone may have saved: a refusal then counts as a lost rotation.
   * Returns their number.
   */
  markDueInDoubt(): Promise<number>;
}

export interface Restored {
  /** The number of entries that were older than their last save. */
  readonly older: number;
  /** The number of these whose set was written again. */
  readonly saved: number;
}

/** A set has one or two kilobytes. */
const mostSets = 5_000;
/** Bytes of the largest set in the cache, so that memory has a bound whatever a provider issues. */
const largestSet = 32 * 1024;
/** Of older saves only the version is cached. */
const mostVersions = 100_000;
/** Versions that one statement compares. */
const batch = 1_000;

export function createRecentSaves(database: Pick<Database, 'pool' | 'prisma' | 'heard'>): RecentSaves {
  const base = createEntryStore(database);
  const restore = createRestoreStore(database);
  /** Both by identity id, in the order of the saves. */
  const sets = new Map<string, Save>();
  const versions = new Map<string, number>();
  const seen = createSeenVersions();
  const note = (identityId: string, save: Save) => {
    seen.newerThan({ identityId, version: save.tokens.version });
    if (save.tokens.ciphertext.byteLength > largestSet) sets.delete(identityId);
    else keep(sets, { key: identityId, value: save, most: mostSets });
    keep(versions, { key: identityId, value: save.tokens.version, most: mostVersions });
  };

  /** Restores a lost set before its predecessor is sent to the provider, which could end the grant. */
  const underLease = async (identityId: string, leased: Leased | undefined) => {
    const set = sets.get(identityId);
    if (!leased || !set || leased.entry.version >= set.tokens.version) return leased;
    if (!(await restore.putBack(identityId, set))) return leased;
    const entry = await base.find(identityId);
    return entry && { entry, unfinished: undefined };
  };

  /** Restores the entry if an older row of it was put back, or marks it. */
  const checked = async (entry: Entry): Promise<Entry | undefined> => {
    const { identityId } = entry;
    if (seen.newerThan(entry) === undefined) return entry;
    // A save of this process may have overtaken the read.
    const again = await base.find(identityId);
    const rewoundFrom = again && seen.newerThan(again);
    if (!again || rewoundFrom === undefined) return again;
    const set = sets.get(identityId);
    if (set?.tokens.version === rewoundFrom && (await restore.putBack(identityId, set)))
      return await base.find(identityId);
    return { ...again, rewoundFrom };
  };

  /** An entry that an older row was put in the place of is read from the table, where it is restored or marked. */
  const newest = (entry: Entry | undefined) =>
    entry && seen.newerThan(entry) === undefined ? entry : undefined;

  const store: EntryStore = {
    ...base,
    known: async (identityId) => newest(await base.known(identityId)),
    peek: (identityId) => newest(base.peek(identityId)),
    async find(identityId) {
      const entry = await base.find(identityId);
      return entry && (await checked(entry));
    },
    async findMany(identityIds) {
      const entries = await Promise.all((await base.findMany(identityIds)).map(checked));
      return entries.filter((entry) => entry !== undefined);
    },
    async insert(place, tokens, now) {
      const inserted = await base.insert(place, tokens, now);
      if (inserted) note(place.identityId, { tokens, now, by: 'arrival', revives: true });
      return inserted;
    },
    async supersede(before, save) {
      const saved = await base.supersede(before, save);
      if (saved) note(before.identityId, save);
      return saved;
    },
    async acquireLease(identityId, owner, seconds) {
      const leased = await underLease(identityId, await base.acquireLease(identityId, owner, seconds));
      const rewoundFrom = leased && seen.newerThan(leased.entry);
      return leased && rewoundFrom !== undefined
        ? { ...leased, entry: { ...leased.entry, rewoundFrom } }
        : leased;
    },
  };

  return {
    store,
    cached: base.cached,
    markDueInDoubt: restore.markDueInDoubt,
    forgetSeen: seen.forget,
    async restoreLost() {
      const known = [...versions];
      // Entries whose lost set this process no longer has.
      const doubtful: string[] = [];
      let older = 0;
      let saved = 0;
      for (let at = 0; at < known.length; at += batch) {
        const page = known.slice(at, at + batch);
        const kept = await restore.versionsOf(page.map(([identityId]) => identityId));
        for (const [identityId, version] of page) {
          if ((kept.get(identityId) ?? version) >= version) continue;
          older += 1;
          const set = sets.get(identityId);
          if (set && (await restore.putBack(identityId, set))) saved += 1;
          else doubtful.push(identityId);
        }
      }
      if (doubtful.length > 0) await restore.markInDoubt(doubtful);
      return { older, saved };
    },
  };
}

/** Puts a value last, and drops the first one when there are too many. */
function keep<Value>(
  map: Map<string, Value>,
  { key, value, most }: { readonly key: string; readonly value: Value; readonly most: number },
): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
