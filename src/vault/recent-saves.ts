import type { Database } from '../kit/database/database.ts';
import type { Save } from './entry.ts';
import { createEntryStore, type EntryStore } from './entry-store.ts';
import type { Leased } from './lease-store.ts';
import { createRestoreStore } from './restore-store.ts';

/**
 * The sets that this process has saved lately, sealed as they were saved. A standby that was behind, or not synchronous, takes over
 * without the last commits: a rotated refresh token would be lost with them, and with it the grant.
 */
export interface RecentSaves {
  /** The same store, with a cache of its saves. */
  readonly store: EntryStore;
  /** Writes again what the database lacks of it. */
  recall(): Promise<Restored>;
  /** For saves of processes that are no more: a refusal of such a set will be called a lost rotation. Returns how many. */
  markDueInDoubt(): Promise<number>;
}

export interface Restored {
  /** Entries that were older than what had been saved in them. */
  readonly older: number;
  /** Of these, those whose set was written again. */
  readonly saved: number;
}

/** A set takes one or two kilobytes. */
const mostSets = 5_000;
/** Bytes of one that is remembered whole, so that the memory has a bound whatever providers issue. */
const largestSet = 32 * 1024;
/** Of older ones it is known only that they were there. */
const mostVersions = 100_000;
const batch = 1_000;

export function createRecentSaves(database: Pick<Database, 'pool' | 'prisma'>): RecentSaves {
  const base = createEntryStore(database);
  const lost = createRestoreStore(database);
  const sets = new Map<string, Save>();
  const versions = new Map<string, number>();
  const note = (identityId: string, save: Save) => {
    if (save.tokens.ciphertext.byteLength > largestSet) sets.delete(identityId);
    else keep(sets, { key: identityId, value: save, most: mostSets });
    keep(versions, { key: identityId, value: save.tokens.version, most: mostVersions });
  };

  /** Asking the provider with what was superseded could cost the grant. */
  const underLease = async (identityId: string, leased: Leased | undefined) => {
    const set = sets.get(identityId);
    if (!leased || !set || leased.entry.version >= set.tokens.version) return leased;
    if (!(await lost.putBack(identityId, set))) return leased;
    const entry = await base.find(identityId);
    return entry && { entry, unfinished: undefined };
  };

  const store: EntryStore = {
    ...base,
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
      return await underLease(identityId, await base.acquireLease(identityId, owner, seconds));
    },
  };

  return {
    store,
    markDueInDoubt: lost.markDueInDoubt,
    async recall() {
      const known = [...versions];
      const doubtful: string[] = [];
      let older = 0;
      let saved = 0;
      for (let at = 0; at < known.length; at += batch) {
        const page = known.slice(at, at + batch);
        const kept = await lost.versionsOf(page.map(([identityId]) => identityId));
        for (const [identityId, version] of page) {
          if ((kept.get(identityId) ?? version) >= version) continue;
          older += 1;
          const set = sets.get(identityId);
          if (set && (await lost.putBack(identityId, set))) saved += 1;
          else doubtful.push(identityId);
        }
      }
      if (doubtful.length > 0) await lost.doubt(doubtful);
      return { older, saved };
    },
  };
}

/** The last in is the last out. */
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
