import { z } from 'zod';
import { after, days } from '../kit/clock.ts';
import { Problem } from '../kit/problem.ts';
import { mostEnding } from '../reporting/census.ts';
import { type CensusRow, saysTaken } from '../reporting/census-store.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { givenTime, idText, isoTime, several } from './shapes.ts';

const point = z.object({ at: isoTime, n: z.number().nullable().describe('Null: not counted at that time') });
const grantsAnswer = z
  .object({
    since: isoTime,
    until: isoTime,
    series: z.array(
      z.object({
        connection: z.string().nullable().describe('Alias; null: all of the filter together'),
        state: z.string(),
        reason: z.string().nullable(),
        points: z.array(point),
      }),
    ),
  })
  .meta({ id: 'GrantHealth' });

const grantsQuery = z.strictObject({
  since: givenTime.optional().describe('Default: a day before `until`'),
  until: givenTime.optional().describe('Default: now'),
  connection: several(idText, 'Aliases'),
  group: z
    .enum(['reason', 'connection'])
    .default('reason')
    .describe('`connection`: a series for each connection, state and reason'),
});

const endingAnswer = z
  .object({
    days: z.array(
      z.object({
        from: isoTime,
        until: isoTime,
        n: z.number().describe(`At most ${mostEnding}: then there may be more`),
      }),
    ),
  })
  .meta({ id: 'GrantsEnding' });

const offset = z.coerce.number().int().min(-840).max(840).default(0).describe('Minutes east of UTC');
const longest = days(31);

/** The health of all grants over time, and the grants that end soon. */
export function grantHealthOperations({ reporting, connections, clock }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/health/grants',
      needs: 'usage:read',
      tag: 'Usage',
      summary: 'Count grants by state and reason over time',
      description:
        'Grants in trouble are counted every five minutes, for two days, and all grants every hour, for 90 days. A period of over eight days has each sixth hour, and the last one. The count of all alone finds grants of a connection whose origin or client has changed.',
      query: grantsQuery,
      answer: grantsAnswer,
      status: 200,
      problems: [],
      async handle({ query: { connection, group, ...given } }) {
        const until = given.until ?? clock.now();
        const since = given.since ?? after(until, -days(1));
        const length = until.getTime() - since.getTime();
        if (length <= 0 || length > longest)
          throw new Problem('invalid_request', { detail: 'since: is not within 31 days before `until`' });
        const asked = (await connections.all()).filter(({ alias }) => connection?.includes(alias) ?? true);
        const aliases = new Map(asked.map(({ id, alias }) => [id, alias]));
        const each = group === 'connection';
        const rows = await reporting.census.read({ since, until, connections: [...aliases.keys()], each });
        const named = rows
          .filter((row) => !saysTaken(row))
          .map((row) => ({ ...row, alias: aliases.get(row.connectionId) ?? null }));
        const taken = rows.filter(saysTaken).map(({ at }) => at);
        return { since: since.toISOString(), until: until.toISOString(), series: seriesOf(named, taken) };
      },
    }),
    operation({
      method: 'get',
      path: '/health/ending',
      needs: 'usage:read',
      tag: 'Usage',
      summary: 'Count the grants that end on each of the next 14 days',
      description: 'The end is one that no refresh moves: the person has to authorise again before it.',
      query: z.strictObject({ offset }),
      answer: endingAnswer,
      status: 200,
      problems: [],
      handle: async ({ query }) => ({
        days: (await reporting.census.ending(query.offset)).map(({ from, until, n }) => ({
          from: from.toISOString(),
          until: until.toISOString(),
          n,
        })),
      }),
    }),
  ];
}

type NamedRow = CensusRow & { readonly alias: string | null };

/** Returns a series with a point for each census. Only a full census counts the active grants. */
function seriesOf(rows: readonly NamedRow[], taken: readonly Date[]) {
  const groups = Map.groupBy(rows, ({ alias, state, reason }) => `${alias} ${state} ${reason}`);
  return [...groups.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, own]) => {
      const [first] = own;
      if (!first) return [];
      const sums = new Map<number, number>();
      for (const { at, n } of own) sums.set(at.getTime(), (sums.get(at.getTime()) ?? 0) + n);
      const isCounted = (at: Date) =>
        !['active', 'refreshing'].includes(first.state) || at.getUTCMinutes() === 0;
      const points = taken.map((at) => ({
        at: at.toISOString(),
        n: sums.get(at.getTime()) ?? (isCounted(at) ? 0 : null),
      }));
      return [{ connection: first.alias, state: first.state, reason: first.reason || null, points }];
    });
}
