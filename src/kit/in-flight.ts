/** The promises that are in flight in one part of the process, so that it can wait for them before it ends. */
export interface InFlight {
  /** Keeps the promise until it settles. Returns it. */
  add<T>(promise: Promise<T>): Promise<T>;
  /** Resolves when none is left, also if some were rejected. */
  settled(): Promise<void>;
}

export function createInFlight(): InFlight {
  const promises = new Set<Promise<unknown>>();

  return {
    add(promise) {
      promises.add(promise);
      promise.finally(() => promises.delete(promise)).catch(() => undefined);
      return promise;
    },
    async settled() {
      while (promises.size > 0) await Promise.allSettled(promises);
    },
  };
}
