import { z } from 'zod';
import { after, days } from '../kit/clock.ts';
import { isRepresentable } from '../kit/database/timestamp-range.ts';
import { Problem } from '../kit/problem.ts';
import { usageKinds } from '../reporting/count-events.ts';
import type { UsageGroup, UsagePoint } from '../reporting/usage.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { givenTime, idText, isoTime, several } from './shapes.ts';

const point = z.object({
  at: isoTime.describe('The first moment of the hour or day'),
  n: z.number().nullable().describe('Null: not counted yet'),
  p50_ms: z
    .number()
    .nullable()
    .describe('Half of the calls to providers took less; null: no duration is known'),
  p95_ms: z.number().nullable().describe('95 % of them took less'),
});

const usageAnswer = z
  .object({
    kind: z.enum(usageKinds),
    by: z.enum(['hour', 'day']),
    group: z.enum(['connection', 'app', 'outcome']),
    since: isoTime,
    until: isoTime,
    through: isoTime.describe('The time up to which all events are counted'),
    series: z.array(
      z.object({
        name: z
          .string()
          .nullable()
          .describe('Alias, client id or outcome; empty: none. Null: all beyond the 50 largest, together'),
        total: z.number(),
        points: z.array(point),
      }),
    ),
  })
  .meta({ id: 'Usage' });

const usageQuery = z.strictObject({
  kind: z
    .enum(usageKinds)
    .describe(
      '`ended` counts grants that died, with the reason as the outcome; durations are of `login` and `refresh`',
    ),
  by: z
    .enum(['hour', 'day'])
    .default('hour')
    .describe('Hours are kept for 14 days and know no app, days for 400'),
  group: z.enum(['connection', 'app', 'outcome']).default('connection'),
  since: givenTime.optional().describe('Default: a day before `until`, or 30 days where it is by day'),
  until: givenTime.optional().describe('Default: now'),
  connection: several(idText, 'Aliases'),
  app: several(idText, 'Client ids, where it is by day'),
  outcome: several(idText, 'Outcomes'),
  offset: z.coerce
    .number()
    .int()
    .min(-840)
    .max(840)
    .multipleOf(60)
    .default(0)
    .describe(
      'Minutes east of UTC, in whole hours: days begin at midnight there; of the last 14 days, and without apps',
    ),
});

/** The longest periods, by which the number of points is bounded. */
const longest = { hour: days(15), day: days(401) };
const usual = { hour: days(1), day: days(30) };

/** Counts of sign-ins, retrievals and refreshes over time. */
export function usageOperations({ reporting, clock }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/usage',
      needs: 'usage:read',
      tag: 'Usage',
      summary: 'Count sign-ins, retrievals or refreshes over time',
      description: 'A period without events has points with 0. The counts lag by a minute: see `through`.',
      query: usageQuery,
      answer: usageAnswer,
      status: 200,
      problems: [],
      async handle({ query }) {
        const { kind, by, group, offset, connection, app, outcome } = query;
        const until = query.until ?? clock.now();
        const since = query.since ?? after(until, -usual[by]);
        // The ends are moved outwards, by a day at most.
        if (![after(since, -days(1)), after(until, days(1))].every(isRepresentable))
          throw refused('until: is at the end of time');
        if (since >= until) throw refused('since: is not before `until`');
        if (until.getTime() - since.getTime() > longest[by])
          throw refused('since: is too long before `until`');
        if ((by === 'hour' || offset !== 0) && (group === 'app' || app))
          throw refused('app: is counted by days of UTC alone: ask with by=day and without offset');
        const names = { connections: connection, apps: app, outcomes: outcome };
        const usage = await reporting.usage({ kind, by, group, offset, since, until, ...names });
        return {
          ...{ kind, by, group },
          since: usage.since.toISOString(),
          until: usage.until.toISOString(),
          through: usage.through.toISOString(),
          series: usage.series.map(describe),
        };
      },
    }),
  ];
}

function describe({ name, total, points }: UsageGroup) {
  return { name, total, points: points.map(describePoint) };
}

function describePoint({ at, n, p50, p95 }: UsagePoint): z.input<typeof point> {
  return { at: at.toISOString(), n, p50_ms: p50, p95_ms: p95 };
}

function refused(detail: string): Problem {
  return new Problem('invalid_request', { detail });
}
