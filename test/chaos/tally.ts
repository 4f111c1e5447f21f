/** Counts by name. A name that begins with `!` must never be counted. */
export interface Tally {
  add(name: string, count?: number): void;
  of(name: string): number;
  /** Returns the counts whose name has this prefix, without the prefix. */
  under(prefix: string): readonly (readonly [name: string, count: number])[];
  /** Keeps a few examples of each kind for the report. */
  evidence(name: string, what: string): void;
  readonly found: ReadonlyMap<string, readonly string[]>;
}

const most = 8;

export function createTally(): Tally {
  const counts = new Map<string, number>();
  const found = new Map<string, string[]>();
  return {
    add: (name, count = 1) => void counts.set(name, (counts.get(name) ?? 0) + count),
    of: (name) => counts.get(name) ?? 0,
    under: (prefix) =>
      [...counts]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, count]) => [name.slice(prefix.length), count] as const)
        .sort(([, one], [, other]) => other - one),
    evidence(name, what) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      const list = found.get(name) ?? [];
      if (list.length < most) list.push(what);
      found.set(name, list);
    },
    found,
  };
}
