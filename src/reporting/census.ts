import type pg from 'pg';
import { after, type Clock, days, hours, minutes } from '../kit/clock.ts';
import type { Connections } from '../login/connections.ts';
import type { ConnectionFacts } from '../vault/standing.ts';
import type { Vault } from '../vault/vault.ts';
import {
  countEnding,
  countPart,
  countTrouble,
  type EndingDay,
  type GrantCount,
} from './census-list-store.ts';
import {
  addCensus,
  type CensusQuestion,
  type CensusRow,
  dropCensusBefore,
  hasCensus,
  readCensus,
} from './census-store.ts';

/** The health of all grants over time. */
export interface Census {
  /** Counts the grants in trouble, once for each five minutes, and all grants at each full hour. */
  take(): Promise<void>;
  /** Returns the censuses of a period: every five minutes for up to two days back, each hour for up to 8 days, else each sixth. */
  read(question: CensusQuestion): Promise<readonly CensusRow[]>;
  /** Returns the grants that end on each of 14 days from now, by an end that no refresh moves. */
  ending(offset: number): Promise<readonly EndingDay[]>;
  prune(now: Date): Promise<void>;
}

export interface CensusDeps {
  readonly pool: Pick<pg.ClientBase, 'query'>;
  readonly connections: Pick<Connections, 'all'>;
  readonly vault: Pick<Vault, 'standingFacts'>;
  readonly clock: Clock;
  /** The number of grants that one statement of the full count reads. */
  readonly part?: number;
}

export const mostEnding = 10_001;
const between = minutes(5);
const keptBetween = days(2);
/** A month of each hour, by connection, is 30,000 rows and more than a chart can show. */
const longestHourly = days(8);
const kept = days(90);
const usualPart = 50_000;

export function createCensus({ pool, connections, vault, clock, part = usualPart }: CensusDeps): Census {
  async function countAll(facts: Readonly<Record<string, ConnectionFacts>>, now: Date) {
    const sums = new Map<string, GrantCount>();
    for (let last: string | null = ''; last !== null; ) {
      const counted = await countPart(pool, { facts, now, after: last, size: part });
      for (const one of counted.counts) {
        const key = `${one.connectionId} ${one.state} ${one.reason}`;
        sums.set(key, { ...one, n: one.n + (sums.get(key)?.n ?? 0) });
      }
      last = counted.last;
    }
    return [...sums.values()];
  }

  return {
    async take() {
      const now = clock.now();
      const at = new Date(Math.floor(now.getTime() / between) * between);
      if (await hasCensus(pool, at)) return;
      const facts = vault.standingFacts(await connections.all());
      const isFull = at.getTime() % hours(1) === 0;
      await addCensus(
        pool,
        at,
        isFull ? await countAll(facts, now) : await countTrouble(pool, { facts, now }),
      );
    },
    async read(question) {
      const { since, until } = question;
      const hourly = since < after(clock.now(), -keptBetween);
      const every = until.getTime() - since.getTime() > longestHourly ? hours(6) : hours(1);
      return await readCensus(pool, { ...question, at: hourly ? timesOf(question, every) : undefined });
    },
    async ending(offset) {
      const now = clock.now();
      const shift = minutes(offset);
      const midnight = new Date(Math.floor((now.getTime() + shift) / days(1)) * days(1) - shift);
      const spans = Array.from({ length: 14 }, (_, index) => {
        const from = after(midnight, days(index));
        return { from: new Date(Math.max(from.getTime(), now.getTime())), until: after(from, days(1)) };
      });
      return await countEnding(pool, spans, mostEnding);
    },
    prune: (now) => dropCensusBefore(pool, { all: after(now, -kept), between: after(now, -keptBetween) }),
  };
}

/** Returns the multiples of `every` within a period. */
function timesOf({ since, until }: Pick<CensusQuestion, 'since' | 'until'>, every: number): readonly Date[] {
  const first = Math.ceil(since.getTime() / every) * every;
  const count = Math.max(0, Math.ceil((until.getTime() - first) / every));
  return Array.from({ length: count }, (_, index) => new Date(first + index * every));
}
