import type { Entry } from './entry.ts';

/**
 * The highest version of each entry that this process has seen. A lower one later means that an older row was put back.
 * After a failover the database itself may be older, so the memory ends with the connection that tells of one.
 */
export interface SeenVersions {
  /** Notes the version. Returns the highest one seen, if it is higher. */
  newerThan(entry: Pick<Entry, 'identityId' | 'version'>): number | undefined;
  forget(): void;
}

/** About ten megabytes. The entries that were seen first are forgotten first. */
const most = 100_000;

export function createSeenVersions(): SeenVersions {
  const seen = new Map<string, number>();
  return {
    newerThan({ identityId, version }) {
      const highest = seen.get(identityId);
      if (highest !== undefined && highest > version) return highest;
      if (highest === version) return undefined;
      seen.set(identityId, version);
      const [oldest] = seen.size > most ? seen.keys() : [];
      if (oldest !== undefined) seen.delete(oldest);
      return undefined;
    },
    forget: () => seen.clear(),
  };
}
