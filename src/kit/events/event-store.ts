import type pg from 'pg';
import { Prisma, type PrismaClient } from '../database/database.ts';
import type { EventPage } from './event-filter-store.ts';
import { eventFilterSql } from './event-filter-store.ts';
import type { EventMark } from './event-mark.ts';
import type { Cause, Event, EventType } from './events.ts';
import { ownedByOneOf } from './share-index-store.ts';

export type AuditEventRow = Prisma.AuditEventModel;

/** Reads the audit log. */
export interface EventStore {
  /** Newest first. */
  list(page: EventPage): Promise<readonly AuditEventRow[]>;
  /** Returns the time of the last event before a moment. */
  newestBefore(moment: Date): Promise<Date | undefined>;
  find(id: string): Promise<AuditEventRow | null>;
  /** Returns those of the ids that the audit log lacks. */
  missing(ids: readonly string[]): Promise<readonly string[]>;
  /** Returns those of the users who have an event of this type. */
  usersOf(type: EventType, userIds: readonly string[]): Promise<readonly string[]>;
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
    async usersOf(type, userIds) {
      if (userIds.length === 0) return [];
      const rows = await prisma.$queryRaw<{ userId: string }[]>(
        Prisma.sql`SELECT DISTINCT user_id AS "userId" FROM audit_event
          WHERE ${ownedByOneOf('user_id', userIds)} AND type = ${type}`,
      );
      return rows.map(({ userId }) => userId);
    },
    list: (page) => prisma.$queryRaw<AuditEventRow[]>(eventFilterSql(page)),
    async newestBefore(moment) {
      const newest = await prisma.auditEvent.findFirst({
        where: { at: { lt: moment } },
        orderBy: { at: 'desc' },
        select: { at: true },
      });
      return newest?.at;
    },
  };
}

/** An event as the appender writes it. */
export interface AuditEventLine extends Omit<Event, 'actor'>, Cause {
  readonly id: string;
  /** Milliseconds since it happened. The database's clock dates it, like all other events. */
  readonly age: number;
}

/** Writes a batch in one statement. An event that exists already stays as it is, so that a retry is safe. */
export type AuditEventAppender = (events: readonly AuditEventLine[]) => Promise<void>;

/** Returns the appender of a pool, or that of a session, which writes in the session's transaction. */
export function createEventAppender(
  pool: Pick<pg.ClientBase, 'query'>,
  mark?: Pick<EventMark, 'of'>,
): AuditEventAppender {
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
