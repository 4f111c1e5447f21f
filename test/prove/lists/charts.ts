import { systemClock } from '../../../src/kit/clock.ts';
import type { Database } from '../../../src/kit/database/database.ts';
import { readAttention } from '../../../src/reporting/attention.ts';
import { createCensus } from '../../../src/reporting/census.ts';
import { readUsage, type UsageQuery } from '../../../src/reporting/usage.ts';
import { standingFacts } from '../../../src/vault/standing-facts.ts';
import { ago, connections } from './lists-of-accounts.ts';
import type { Listed } from './measure.ts';

const until = new Date();
const hourly = { by: 'hour', offset: 0, until } as const;
const daily = { by: 'day', offset: 0, until } as const;
const usages: Readonly<Record<string, UsageQuery>> = {
  'sign-ins, 24 h by connection': { ...hourly, kind: 'login', group: 'connection', since: ago(1) },
  'sign-ins, 24 h by outcome': { ...hourly, kind: 'login', group: 'outcome', since: ago(1) },
  'retrievals, 7 d by outcome, by the hour': {
    ...hourly,
    kind: 'retrieval',
    group: 'outcome',
    since: ago(7),
  },
  'retrievals, 14 d by connection, by the hour': {
    ...{ ...hourly, kind: 'retrieval', group: 'connection', since: ago(13.9) },
  },
  'refreshes, 7 d by outcome, days of another zone': {
    ...{ ...daily, kind: 'refresh', group: 'outcome', since: ago(7), offset: 480 },
  },
  'refreshes, 24 h by connection': { ...hourly, kind: 'refresh', group: 'connection', since: ago(1) },
  'ended, 30 d by outcome': { ...daily, kind: 'ended', group: 'outcome', since: ago(30) },
  'retrievals, 30 d by connection': { ...daily, kind: 'retrieval', group: 'connection', since: ago(30) },
  'retrievals, 30 d by app': { ...daily, kind: 'retrieval', group: 'app', since: ago(30) },
  'retrievals, 90 d by app': { ...daily, kind: 'retrieval', group: 'app', since: ago(90) },
  'retrievals, 90 d of an app': {
    ...{ ...daily, kind: 'retrieval', group: 'outcome', apps: ['app_7'], since: ago(90) },
  },
};

/** Charts, and the list of what needs an admin. */
export function charts({ pool }: Database): readonly Listed[] {
  const census = createCensus({
    ...{ pool, clock: systemClock },
    connections: { all: async () => connections },
    vault: { standingFacts },
  });
  const once = (name: string, read: () => Promise<readonly unknown[]>): Listed => ({
    name,
    page: async () => ({ rows: (await read()).length }),
  });
  const all = { connections: connections.map(({ id }) => id), each: false };
  return [
    ...Object.entries(usages).map(([name, query]) =>
      once(`usage: ${name}`, async () => (await readUsage(pool, query)).series),
    ),
    once('health of grants: 24 h', () => census.read({ since: ago(1), until, ...all })),
    once('health of grants: 24 h by connection', () =>
      census.read({ since: ago(1), until, ...all, each: true }),
    ),
    once('health of grants: 30 d', () => census.read({ since: ago(30), until, ...all })),
    once('health of grants: 30 d of a connection', () =>
      census.read({ since: ago(30), until, connections: ['con_feishu'], each: true }),
    ),
    once('health of grants: 30 d by connection', () =>
      census.read({ since: ago(30), until, ...all, each: true }),
    ),
    once('grants that end: 14 d', () => census.ending(480)),
    once('attention', () => readAttention(pool, systemClock)),
  ];
}
