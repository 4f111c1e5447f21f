import { after, type Clock, days } from '../../kit/clock.ts';
import type { Connection } from '../../login/connections.ts';

/**
 * The entries that a refresh leaves due, since their connection has moved or has another client. They are not stored, so
 * that they work again once the connection is changed back. Without this memory the first page would always be theirs.
 */
export interface LeftDue {
  of(connection: Pick<Connection, 'id' | 'changedAt'>): Set<string>;
}

/** Milliseconds after which they are tried again. */
const triedAgain = days(1);

export function createLeftDue(clock: Clock): LeftDue {
  const byConnection = new Map<string, { ids: Set<string>; changedAt: number; until: Date }>();
  return {
    of({ id, changedAt }) {
      const now = clock.now();
      const known = byConnection.get(id);
      if (known && known.changedAt === changedAt.getTime() && now < known.until) return known.ids;
      const ids = new Set<string>();
      byConnection.set(id, { ids, changedAt: changedAt.getTime(), until: after(now, triedAgain) });
      return ids;
    },
  };
}
