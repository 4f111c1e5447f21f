import type pg from 'pg';
import type { Prisma, PrismaClient } from '../database/database.ts';
import { isRangeEnd, pastRangeEnd } from '../database/timestamp-range.ts';
import type { EventMark } from './event-mark.ts';
import type { Cause, Event } from './events.ts';

export type AuditEventRow = Prisma.AuditEventModel;

export interface EventPage {
  readonly limit: number;
  readonly after: { readonly at: Date; readonly id: string } | undefined;
  readonly filter: EventFilter;
}

export interface EventFilter {
  readonly type?: string | undefined;
  readonly userId?: string | undefined;
  readonly appId?: string | undefined;
  /** Alias. */
  readonly connection?: string | undefined;
  readonly since?: Date | undefined;
}

/** Reads the audit log. */
export interface EventStore {
  /** Newest first. */
  list(page: EventPage): Promise<readonly AuditEventRow[]>;
  find(id: string): Promise<AuditEventRow | null>;
  /** Returns those of the ids that the audit log lacks. */
  missing(ids: readonly string[]): Promise<readonly string[]>;
}

export function createEventStore(prisma: PrismaClient): EventStore {
  return {
    find: (id) => prisma.auditEvent.findUnique({ where: { id } }),
    async missing(ids) {
      const rows = await prisma.auditEvent.findMany({
        where: { id: { in: [...ids] } },
        select: { id: true },
      });
      const there = new Set(rows.map(({ id }) => id));
      return ids.filter((id) => !there.has(id));
    },
    list: ({ limit, after, filter: { since, ...equal } }) =>
      prisma.auditEvent.findMany({
        take: limit,
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        ...pastRangeEnd(after),
        where: { AND: [given(equal), since ? { at: { gte: since } } : {}, olderThan(after)] },
      }),
  };
}

function given(equal: Omit<EventFilter, 'since'>): Prisma.AuditEventWhereInput {
  return Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined));
}

function olderThan(after: EventPage['after']): Prisma.AuditEventWhereInput {
  if (!after || isRangeEnd(after.at)) return {};
  const { at, id } = after;
  return { OR: [{ at: { lt: at } }, { at, id: { lt: id } }] };
}

/** An event as the appender writes it. */
export interface AuditEventLine extends Omit<Event, 'actor'>, Cause {
  readonly id: string;
  /** Milliseconds since it happened. The database's clock dates it, like all other events. */
  readonly age: number;
}

/** Writes a batch in one statement. An event that exists already stays as it is, so that a retry is safe. */
export type AuditEventAppender = (events: readonly AuditEventLine[]) => Promise<void>;

export function createEventAppender(pool: pg.Pool, mark?: Pick<EventMark, 'of'>): AuditEventAppender {
  const text = `INSERT INTO audit_event (id, at, type, user_id, app_id, connection, identity_id, request_id, actor_kind,
      actor_id, address, detail, mark)
    SELECT id, now() - age * interval '1 millisecond', type, "userId", "appId", connection, "identityId", "requestId",
      "actorKind", "actorId", address, detail, decode(mark, 'hex')
    FROM json_to_recordset($1) AS event(id text, age float8, type text, "userId" text, "appId" text, connection text,
      "identityId" text, "requestId" text, "actorKind" text, "actorId" text, address text, detail jsonb, mark text)
    ON CONFLICT (id) DO NOTHING`;
  return async (events) => {
    const marked = mark
      ? events.map((event) => ({ ...event, mark: Buffer.from(mark.of(event)).toString('hex') }))
      : events;
    await pool.query({ name: 'audit-append', text, values: [JSON.stringify(marked)] });
  };
}
