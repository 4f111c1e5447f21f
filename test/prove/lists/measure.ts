import type pg from 'pg';

/** A statement as a pool has sent it. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Milliseconds at the database and on the way. */
  readonly took: number;
}

/** A list or chart: a page is read by the code that the console and the API use. */
export interface Listed {
  readonly name: string;
  /** It reads several bounded statements until the page is full, and can answer how far it has looked. */
  readonly searched?: boolean;
  page(limit: number, after: unknown): Promise<Page>;
}

export interface Page {
  readonly rows: number;
  /** The position of the next page. */
  readonly next?: unknown;
  /** The search has stopped before the page was full, and says where. */
  readonly stopped?: boolean;
}

/** The measurements of one page, in milliseconds at the database. */
export interface Figures {
  readonly rows: number;
  readonly statements: number;
  readonly p50: number;
  readonly p95: number;
  /** The 95th percentile of the slowest statement of each reading. */
  readonly slowest: number;
  readonly stopped: boolean;
  /** The figure that has to be low: the sum of a page. Of a search that could not fill its page: its slowest statement. */
  readonly judged: number;
  readonly sent: readonly Statement[];
}

export interface Line {
  readonly name: string;
  readonly first: Figures;
  /** Undefined: the list has one page. */
  readonly deep: Figures | undefined;
  /** The rows before the deep page. */
  readonly depth: number;
}

/** Notes each statement of a pool. Returns a function that takes the notes so far. */
export function record(pool: pg.Pool): () => readonly Statement[] {
  let notes: Statement[] = [];
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const noted = (...args: unknown[]) => {
      const begun = performance.now();
      const [config, given] = args as [string | pg.QueryConfig, unknown];
      const text = typeof config === 'string' ? config : config.text;
      const own = typeof config === 'string' ? undefined : config.values;
      const values: readonly unknown[] = own ?? (Array.isArray(given) ? given : []);
      const done = () => void notes.push({ text, values, took: performance.now() - begun });
      const callback = args.at(-1);
      if (typeof callback !== 'function') return Promise.resolve(query(...args)).finally(done);
      return query(...args.slice(0, -1), (...results: unknown[]) => {
        done();
        callback(...results);
      });
    };
    Object.assign(client, { query: noted });
  });
  return () => {
    const taken = notes;
    notes = [];
    return taken;
  };
}

export interface Patience {
  /** The readings of a page. */
  readonly rounds: number;
  /** Milliseconds for the readings of a page, of which there are five at least. */
  readonly longest: number;
  /** Milliseconds for the way to the deep page. */
  readonly longestWalk: number;
}

const fewest = 5;
const pagesBefore = 250;

/**
 * Measures the first page of 50 and the thousandth. The way to that one is 250 pages of 200, and ends with the list or with
 * the patience.
 */
export async function measure(
  list: Listed,
  taken: () => readonly Statement[],
  patience: Patience,
): Promise<Line> {
  const first = await time(list, undefined, taken, patience);
  let after: unknown;
  let depth = 0;
  const until = performance.now() + patience.longestWalk;
  for (let pages = 0; pages < pagesBefore && performance.now() < until; pages += 1) {
    const { rows, next } = await list.page(200, after);
    if (next === undefined) break;
    after = next;
    depth += rows;
  }
  taken();
  const deep = after === undefined ? undefined : await time(list, after, taken, patience);
  return { name: list.name, first, deep, depth };
}

async function time(
  list: Listed,
  after: unknown,
  taken: () => readonly Statement[],
  { rounds, longest }: Patience,
): Promise<Figures> {
  const totals: number[] = [];
  const slowest: number[] = [];
  const until = performance.now() + longest;
  let last: Page = { rows: 0 };
  let sent: readonly Statement[] = [];
  for (let round = 0; round < 3; round += 1) await list.page(50, after);
  for (let round = 0; round < rounds && (round < fewest || performance.now() < until); round += 1) {
    taken();
    last = await list.page(50, after);
    sent = taken();
    const times = sent.map(({ took }) => took);
    totals.push(times.reduce((sum, one) => sum + one, 0));
    slowest.push(Math.max(0, ...times));
  }
  const [p95, worst] = [percentile(totals, 0.95), percentile(slowest, 0.95)];
  const unfilled = list.searched === true && last.rows < 50;
  return {
    rows: last.rows,
    statements: sent.length,
    p50: percentile(totals, 0.5),
    p95,
    slowest: worst,
    stopped: last.stopped === true,
    judged: unfilled ? worst : p95,
    sent,
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const place = Math.max(0, Math.ceil(sorted.length * share) - 1);
  return Math.round(10 * (sorted[place] ?? 0)) / 10;
}
