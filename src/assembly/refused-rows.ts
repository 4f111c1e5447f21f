import { createCache } from '../kit/cache.ts';
import { type Clock, minutes } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Logger } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import { openRowTags, type RowTagsDeps } from './row-tags.ts';

interface RefusedRowsDeps {
  readonly rowTags: RowTags;
  readonly events: Events;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
}

interface PrepareDeps extends RowTagsDeps, Pick<RefusedRowsDeps, 'clock' | 'log'> {
  /** Default: opened from the database. */
  readonly rowTags?: RowTags;
}

/** Opens the row tags unless they are given, and reports the refused rows. */
export async function prepareRowTags(
  { rowTags, clock, log, ...deps }: PrepareDeps,
  { events, metrics }: Pick<RefusedRowsDeps, 'events' | 'metrics'>,
): Promise<RowTags> {
  const opened = rowTags ?? (await openRowTags(deps));
  reportRefusedRows({ rowTags: opened, events, metrics, clock, log });
  return opened;
}

/** A row is reported again after this time, if it is still read. */
const quiet = minutes(10);

/** Records an event for each row that is not believed, counts it, and keeps the requests that read it going. */
function reportRefusedRows({ rowTags, events, metrics, clock, log }: RefusedRowsDeps): void {
  const reported = createCache<true>({ max: 1_000, expiry: { ttl: quiet, clock } });
  rowTags.onRefused(({ table, id, reason }) => {
    metrics.rowRefused({ table });
    const key = `${table} ${id}`;
    if (reported.has(key)) return;
    reported.set(key, true);
    // Many rows may be wrong at once, so the number of events is limited.
    const event = { type: 'row.refused', unproven: true, detail: { table, row: id, reason } } as const;
    events.record(event).catch((error: unknown) => {
      log.error({ err: error, table, row: id, reason }, 'a row without a right tag was refused');
    });
  });
}
