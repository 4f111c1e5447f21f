import { z } from 'zod';
import type { Connection } from '../login/connections.ts';
import type { AdminCaller } from './caller.ts';
import { connectionAnswer, describeConnection } from './connection-shapes.ts';
import type { AdminDeps } from './ports.ts';
import { isoTime } from './shapes.ts';

export const checkLine = z.object({
  check: z.string(),
  verdict: z.enum(['ok', 'to-fix', 'not-tried']),
  detail: z.string().describe('For the admin; holds no secret'),
});

const health = z
  .object({
    accounts: z.number().int().describe('Linked accounts'),
    accounts_exact: z
      .boolean()
      .describe('false: there are more than 10,000; the number is that of the last hour’s census of grants'),
    states: z
      .array(z.object({ state: z.string(), n: z.number().int() }))
      .describe('Its grants by state, as the newest census has them; empty: it has none'),
    counted_at: isoTime.nullable().describe('The time of that census; null: none was taken yet'),
    refreshes: z
      .object({ tries: z.number().int(), failures: z.number().int() })
      .describe('Of the last 24 hours, in whole hours'),
    last_check: z
      .object({
        at: isoTime,
        ok: z.boolean().describe('Nothing was to be fixed'),
        current: z.boolean().describe('false: the connection was changed after it'),
        checks: z.array(checkLine),
      })
      .nullable()
      .describe('null: it was never checked'),
  })
  .meta({ id: 'ConnectionHealth' });

export const healthQuery = { health: z.literal('yes').optional().describe('Adds `health`') };

export const connectionWithHealth = connectionAnswer
  .extend({ health: health.optional().describe('With `health=yes`') })
  .meta({ id: 'ConnectionWithHealth' });

interface HealthCall {
  readonly query: { readonly health?: 'yes' | undefined };
  readonly caller: AdminCaller;
}

/** Returns connections as the API shows them, with their health where it is asked for. */
export async function describeWithHealth(
  { connections, reporting }: Pick<AdminDeps, 'connections' | 'reporting'>,
  items: readonly Connection[],
  { query, caller }: HealthCall,
): Promise<z.input<typeof connectionWithHealth>[]> {
  if (!query.health) return items.map(describeConnection);
  const asked = items.map(({ id, alias, connector }) => {
    return { id, alias, hasGrants: connector.family !== 'tokenless' };
  });
  const [found, checked] = await Promise.all([
    reporting.connectionHealth(asked),
    connections.lastChecks(items.map(({ id }) => id)),
  ]);
  return items.map((connection) => {
    const of = found.get(connection.id);
    const last = checked.get(connection.id);
    if (!of) return describeConnection(connection);
    // Support sees no settings, which the words of a check may hold.
    const checks = caller.rights.namesOnly ? [] : [...(last?.checks ?? [])];
    return {
      ...describeConnection(connection),
      health: {
        accounts: of.accounts,
        accounts_exact: of.exact,
        states: [...of.states],
        counted_at: of.countedAt?.toISOString() ?? null,
        refreshes: of.refreshes,
        last_check: last
          ? {
              at: last.at.toISOString(),
              ok: last.checks.every(({ verdict }) => verdict !== 'to-fix'),
              current: last.version === connection.version,
              checks,
            }
          : null,
      },
    };
  });
}
