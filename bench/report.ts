import type { LoadResult } from './load.ts';

/** The figures of one round at one server. */
export interface Measure extends LoadResult {
  /** The CPU time in seconds. */
  readonly server: number;
  readonly postgres: number;
  /** The resident memory in MiB. */
  readonly memory: number;
}

export interface Kind {
  readonly name: string;
  readonly measures: readonly Measure[];
}

/** Returns one line for each of two kinds, and their ratio. */
export function report(connections: number, kinds: readonly [Kind, Kind]): string {
  const [base, other] = kinds.map(({ measures }) => summed(measures));
  const ratio = Object.fromEntries(
    Object.entries(other ?? {}).map(([name, value]) => [name, value / (base?.[name] ?? Number.NaN)]),
  );
  const names = Object.keys(base ?? {});
  const line = (head: string, row: Readonly<Record<string, number>>, digits: (name: string) => number) =>
    [
      head.padEnd(8),
      ...names.map((name) => (row[name] ?? Number.NaN).toFixed(digits(name)).padStart(name.length)),
    ].join('  ');
  return `
${connections} connections, ${kinds[0].measures.length} rounds each in turn, ${base?.requests} and ${other?.requests} requests
${[''.padEnd(8), ...names].join('  ')}
${line(kinds[0].name, base ?? {}, digitsOf)}
${line(kinds[1].name, other ?? {}, digitsOf)}
${line('ratio', ratio, () => 2)}
`;
}

const digitsOf = (name: string) => (name.includes('ms') ? 2 : 0);

function summed(rounds: readonly Measure[]): Record<string, number> {
  const total = (pick: (measure: Measure) => number) => rounds.reduce((sum, one) => sum + pick(one), 0);
  const requests = total((one) => one.requests);
  const sorted = rounds.flatMap(({ latencies }) => latencies).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const perRequest = (cpuSeconds: number) => (cpuSeconds / requests) * 1e6;
  const [server, postgres] = [total((one) => one.server), total((one) => one.postgres)];
  return {
    requests,
    'requests/s': requests / total((one) => one.seconds),
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    'CPU µs server': perRequest(server),
    'CPU µs postgres': perRequest(postgres),
    'CPU µs both': perRequest(server + postgres),
    'memory MiB': Math.max(...rounds.map(({ memory }) => memory)),
  };
}
