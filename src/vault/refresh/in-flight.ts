/** The work of this process on entries, which nothing may cut short, not even its end. */
export interface InFlight {
  track<T>(identityId: string, work: Promise<T>): Promise<T>;
  /** Something is under way, also when its lease has run out meanwhile. */
  has(identityId: string): boolean;
  /** Says that the database does not take what the provider has answered: callers need not wait for it. */
  hold(identityId: string): void;
  /** Runs `told` once when that is so. Returns how not to be told any more. */
  onStalled(identityId: string, told: () => void): () => void;
  /** Aborted when the process takes leave: from now on what cannot be saved at once goes to disk at once. */
  readonly leaving: AbortSignal;
  leave(): void;
  /** Aborted when the process is to end: nothing new is begun. */
  readonly ending: AbortSignal;
  /** Resolves when the last of them is saved, or on disk. */
  end(): Promise<void>;
}

export function createInFlight(): InFlight {
  const works = new Map<string, Set<Promise<unknown>>>();
  const held = new Set<string>();
  const listeners = new Map<string, Set<() => void>>();
  const leaving = new AbortController();
  const ending = new AbortController();
  return {
    track(identityId, work) {
      const mine = works.get(identityId) ?? new Set();
      works.set(identityId, mine.add(work));
      const done = () => {
        mine.delete(work);
        if (mine.size > 0) return;
        works.delete(identityId);
        held.delete(identityId);
      };
      work.then(done, done);
      return work;
    },
    has: (identityId) => works.has(identityId),
    hold(identityId) {
      // A verdict may be noted with no refresh under way: the next refresh is not held because of it.
      if (!works.has(identityId)) return;
      held.add(identityId);
      for (const told of listeners.get(identityId) ?? []) told();
    },
    onStalled(identityId, told) {
      if (held.has(identityId)) told();
      const those = listeners.get(identityId) ?? new Set();
      listeners.set(identityId, those.add(told));
      return () => {
        those.delete(told);
        if (those.size === 0 && listeners.get(identityId) === those) listeners.delete(identityId);
      };
    },
    leaving: leaving.signal,
    leave: () => leaving.abort(),
    ending: ending.signal,
    async end() {
      leaving.abort();
      ending.abort();
      while (works.size > 0) await Promise.allSettled([...works.values()].flatMap((mine) => [...mine]));
    },
  };
}
