/** Refreshes of this process, which nothing may cut short, not even its end. */
export interface UnderWay {
  track<T>(work: Promise<T>): Promise<T>;
  /** Aborted when the process is to end: what cannot be saved at once goes to disk. */
  readonly ending: AbortSignal;
  /** Resolves when the last of them is saved, or on disk. */
  end(): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const works = new Set<Promise<unknown>>();
  const controller = new AbortController();
  return {
    track(work) {
      works.add(work);
      work.finally(() => works.delete(work)).catch(() => undefined);
      return work;
    },
    ending: controller.signal,
    async end() {
      controller.abort();
      while (works.size > 0) await Promise.allSettled(works);
    },
  };
}
