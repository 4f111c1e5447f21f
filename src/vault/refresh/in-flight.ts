/** The refreshes and saves of this process that are in flight, by identity id. The end of the process waits for them. */
export interface InFlight {
  track<T>(identityId: string, work: Promise<T>): Promise<T>;
  /** Returns whether work on the entry is in flight, also if its lease has run out. */
  has(identityId: string): boolean;
  /** Tells callers not to wait: the database does not accept the provider's answer. */
  markStalled(identityId: string): void;
  /** Registers a callback for that, called at once if it is so already. Returns the function that removes it. */
  onStalled(identityId: string, told: () => void): () => void;
  /** Aborted when the process begins to stop: from now on a set that is not saved at once is spilled at once. */
  readonly stopping: AbortSignal;
  stop(): void;
  /** Aborted when the process is to end: no new work begins. */
  readonly ending: AbortSignal;
  /** Resolves when all results are saved or spilled. */
  end(): Promise<void>;
}

export function createInFlight(): InFlight {
  const works = new Map<string, Set<Promise<unknown>>>();
  const stalled = new Set<string>();
  const listeners = new Map<string, Set<() => void>>();
  const stopping = new AbortController();
  const ending = new AbortController();
  return {
    track(identityId, work) {
      const mine = works.get(identityId) ?? new Set();
      works.set(identityId, mine.add(work));
      const done = () => {
        mine.delete(work);
        if (mine.size > 0) return;
        works.delete(identityId);
        stalled.delete(identityId);
      };
      work.then(done, done);
      return work;
    },
    has: (identityId) => works.has(identityId),
    markStalled(identityId) {
      // A failure may be noted with no refresh in flight. It must not stall the next refresh.
      if (!works.has(identityId)) return;
      stalled.add(identityId);
      for (const told of listeners.get(identityId) ?? []) told();
    },
    onStalled(identityId, told) {
      if (stalled.has(identityId)) told();
      const those = listeners.get(identityId) ?? new Set();
      listeners.set(identityId, those.add(told));
      return () => {
        those.delete(told);
        if (those.size === 0 && listeners.get(identityId) === those) listeners.delete(identityId);
      };
    },
    stopping: stopping.signal,
    stop: () => stopping.abort(),
    ending: ending.signal,
    async end() {
      stopping.abort();
      ending.abort();
      while (works.size > 0) await Promise.allSettled([...works.values()].flatMap((mine) => [...mine]));
    },
  };
}
