import { type AuditKeep, type RetentionResult, runRetention } from '../kit/audit/retention.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { FeedPosition } from '../kit/events/event-feed-store.ts';
import type { Events } from '../kit/events/events.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Logger } from '../kit/log.ts';
import { findCursor } from '../reporting/cursor-store.ts';
import { findStreamPosition } from '../webhooks/audit-stream-store.ts';
import { findFanOutPosition } from '../webhooks/fan-out-store.ts';

export interface RetentionOptions {
  readonly database: Pick<Database, 'pool'>;
  readonly keyring: Pick<Keyring, 'derive'>;
  readonly events: Pick<Events, 'record'>;
  readonly clock: Clock;
  readonly keep: AuditKeep;
}

/** Removes what the settings no longer keep, once webhooks, roll-ups and the chain have passed it. */
export function retainAudit({ database, events, ...deps }: RetentionOptions): Promise<RetentionResult> {
  const { pool } = database;
  const placed = (position: FeedPosition | undefined) =>
    position && { tx: position.tx, id: position.eventId };
  return runRetention({
    ...deps,
    pool,
    async readers() {
      const stream = await findStreamPosition(pool);
      const positions = [await findFanOutPosition(pool), await findCursor(pool)];
      return [...positions, ...(stream === 'no stream' ? [] : [stream])].map(placed);
    },
    async onRemove({ until, types }) {
      const detail = {
        before: until.toISOString(),
        reason: 'retention',
        ...(types && { types: [...types] }),
      };
      await events.record({ type: 'audit.truncated', detail });
    },
  });
}

/** Returns the job. A broker whose role does not own the table cannot remove events, and says so. */
export function retentionJob(options: RetentionOptions, log: Logger): () => Promise<void> {
  return async () => {
    const { state, removed } = await retainAudit(options);
    for (const { until, types } of removed) log.info({ until, types }, 'a week of the audit was removed');
    if (state === 'needs the owner')
      log.warn('weeks of the audit are due: run `symbolon audit retain` as the role that owns the tables');
  };
}
