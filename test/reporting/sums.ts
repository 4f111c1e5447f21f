import { expect } from 'vitest';
import type { Recorded, Rig } from './rig.ts';

/** Returns events of all kinds that are counted, spread over three days. */
export function mixedEvents(
  people: readonly { readonly userId: string; readonly identityId: string }[],
  count: number,
): readonly Recorded[] {
  const connections = ['work', 'home'];
  return Array.from({ length: count }, (_, index): Recorded => {
    const person = people[index % people.length];
    const connection = connections[index % 2] ?? 'work';
    const appId = `app_${index % 3}`;
    const about = { connection, age: (index * 7_919_000) % 259_200_000 };
    const kinds: readonly Recorded[] = [
      { type: 'token.retrieved', ...person, appId, ...about, detail: { background: index % 5 === 0 } },
      { type: 'token.proxied', ...person, appId, ...about, detail: { method: 'GET' } },
      { type: 'token.refused', appId, ...about, detail: { why: 'consent_required', times: 1 + (index % 4) } },
      { type: 'token.refreshed', ...person, ...about, detail: { ms: index * 3 } },
      { type: 'token.refresh_failed', ...person, ...about, detail: { failure: 'unavailable', ms: 700 } },
      { type: 'login.succeeded', ...person, ...about, detail: { ms: 40 + index } },
      { type: 'login.failed', ...about, detail: { code: `invented_${index}`, times: 2 } },
      { type: 'token.reauthorization_required', ...person, ...about, detail: { reason: 'rotation_lost' } },
      { type: 'app.changed', appId, ...about },
    ];
    return kinds[index % kinds.length] ?? { type: 'app.changed' };
  });
}

const kindOf = `CASE WHEN type LIKE 'login.%' THEN 'login' WHEN type LIKE 'token.refresh%' THEN 'refresh'
  WHEN type = 'token.reauthorization_required' THEN 'ended' ELSE 'retrieval' END`;
const counted = `type LIKE 'login.%' OR type IN ('token.retrieved', 'token.proxied', 'token.refused', 'token.refreshed',
  'token.refresh_failed', 'token.reauthorization_required')`;
const weight = `sum(coalesce((detail->>'times')::int, 1))::int`;
const durations = `count(*) FILTER (WHERE detail ? 'ms' AND type <> 'token.reauthorization_required')::int`;
const inBuckets = 'coalesce(sum((SELECT sum(b) FROM unnest(buckets) b)), 0)::int';

/** Expects that hours, days and uses equal what counting the audit log gives. */
export async function expectEqualSums({ rows }: Pick<Rig, 'rows'>): Promise<void> {
  const hours = await rows(`SELECT kind, hour, connection, sum(n)::int AS n, ${inBuckets} AS timed
    FROM usage_hour GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`);
  expect(hours).toEqual(
    await rows(`SELECT ${kindOf} AS kind, date_trunc('hour', at, 'UTC') AS hour, connection, ${weight} AS n,
      ${durations} AS timed FROM audit_event WHERE ${counted} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`),
  );
  const days = await rows(`SELECT kind, day::text, connection, app, sum(n)::int AS n, ${inBuckets} AS timed
    FROM usage_day GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`);
  expect(days).toEqual(
    await rows(`SELECT ${kindOf} AS kind, (at AT TIME ZONE 'UTC')::date::text AS day, connection,
      coalesce(app_id, '') AS app, ${weight} AS n, ${durations} AS timed
      FROM audit_event WHERE ${counted} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`),
  );
  const uses = await rows(
    `SELECT identity_id, app_id, times::int, first_at, greatest(last_at, recent_at) AS last_at FROM app_use ORDER BY 1, 2`,
  );
  expect(uses).toEqual(
    await rows(`SELECT e.identity_id, e.app_id, count(*)::int AS times, min(at) AS first_at, max(at) AS last_at
      FROM audit_event e JOIN identity i ON i.id = e.identity_id
      WHERE type IN ('token.retrieved', 'token.proxied') GROUP BY 1, 2 ORDER BY 1, 2`),
  );
}
