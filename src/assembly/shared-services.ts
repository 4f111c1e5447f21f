import { createAnsweredRequests } from '../http/answered-requests.ts';
import { createBrandings } from '../http/branding.ts';
import { createBrandingStore } from '../http/branding-store.ts';
import { createCsrf } from '../http/csrf.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import { createEventBatch } from '../kit/events/event-batch.ts';
import { createEventMark } from '../kit/events/event-mark.ts';
import { createEventAppender, createEventStore } from '../kit/events/event-store.ts';
import { createEventWeeks } from '../kit/events/event-weeks-store.ts';
import { createEvents } from '../kit/events/events.ts';
import { createRateLimitedEvents } from '../kit/events/rate-limited-events.ts';
import { keepRecentChanges } from '../kit/events/recent-changes.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Logger } from '../kit/log.ts';
import { createMetrics } from '../kit/metrics.ts';
import { createOutbound } from '../kit/outbound.ts';
import { createReadiness } from '../kit/readiness.ts';
import { createAudit } from './audit-chain.ts';
import { createConnectionLimit } from './connection-limit.ts';
import { createCountedEvents } from './gauges.ts';

export interface SharedServicesDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Logger;
  readonly allowedPrivateHosts: readonly string[];
  readonly auditHeadFile?: string | undefined;
  readonly mostConnections?: number | undefined;
  readonly logRequests?: boolean | undefined;
  readonly sendsTraceparent?: boolean | undefined;
}

/** Returns the services that most rooms share. They depend on no room but kit and http. */
export function createSharedServices({
  database,
  keyring,
  clock,
  log,
  allowedPrivateHosts,
  auditHeadFile,
  mostConnections,
  logRequests,
  sendsTraceparent,
}: SharedServicesDeps) {
  const { prisma, pool } = database;
  const metrics = createMetrics(log);
  const mark = createEventMark(keyring);
  const append = createEventAppender(pool, mark);
  const eventStore = createEventStore(prisma);
  // An event passes these in turn: it is counted, rate-limited, cached if it is a change, and written.
  const recentChanges = keepRecentChanges({
    events: createEvents(pool, log, mark),
    missing: eventStore.missing,
    append,
    clock,
  });
  const rateLimited = createRateLimitedEvents(recentChanges, clock);
  return {
    metrics,
    answeredRequests: createAnsweredRequests({ log, logRequests, metrics }),
    connectionLimit: createConnectionLimit({ mostConnections, metrics, clock, log }),
    mark,
    eventStore,
    audit: createAudit({ database, keyring, mark, log, metrics, clock, auditHeadFile }),
    readiness: createReadiness(),
    recentChanges,
    rateLimited,
    events: createCountedEvents(rateLimited, metrics),
    eventWeeks: createEventWeeks(pool),
    retrievals: createEventBatch({ append, clock, log }),
    outbound: createOutbound({ allowedPrivateHosts, sendsTraceparent }),
    branding: createBrandings(createBrandingStore(database), clock),
    csrf: createCsrf(keyring.derive('csrf')),
  };
}
