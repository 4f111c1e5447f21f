import type pg from 'pg';
import type { Prisma, PrismaClient } from '../database/database.ts';
import { isRangeEnd, pastRangeEnd } from '../database/timestamp-range.ts';
import { actorKinds } from '../request-context.ts';
import type { EventMark } from './event-mark.ts';
import type { Cause, Event, EventType } from './events.ts';

export type AuditEventRow = Prisma.AuditEventModel;

export interface EventPage {
  readonly limit: number;
  readonly after: { readonly at: Date; readonly id: string } | undefined;
  readonly filter: EventFilter;
}

/** Fields with several values match any of them. */
export interface EventFilter {
  readonly type?: Values;
  readonly userId?: Values;
  readonly appId?: Values;
  /** Aliases. */
  readonly connection?: Values;
  readonly identityId?: Values;
  readonly requestId?: Values;
  readonly address?: Values;
  /** Kinds and ids of actors. */
  readonly actor?: Values;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

type Values = readonly string[] | undefined;

/** Reads the audit log. */
export interface EventStore {
  /** Newest first. */
  list(page: EventPage): Promise<readonly AuditEventRow[]>;
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
      const rows = await prisma.auditEvent.findMany({
        where: { type, userId: { in: [...userIds] } },
        select: { userId: true },
        distinct: ['userId'],
      });
      return rows.flatMap(({ userId }) => userId ?? []);
    },
    list: ({ limit, after, filter: { since, until, actor, ...fields } }) =>
      prisma.auditEvent.findMany({
        take: limit,
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        ...pastRangeEnd(after),
        where: { AND: [oneOf(fields), actedBy(actor), between(since, until), olderThan(after)] },
      }),
  };
}

function oneOf(fields: Omit<EventFilter, 'since' | 'until' | 'actor'>): Prisma.AuditEventWhereInput {
  const given = Object.entries(fields).flatMap(([name, values]) =>
    values ? [[name, { in: [...values] }] as const] : [],
  );
  return Object.fromEntries(given);
}

const isKind = (value: string) => actorKinds.some((kind) => kind === value);

function actedBy(actor: Values): Prisma.AuditEventWhereInput {
  if (!actor) return {};
  const kinds = actor.filter(isKind);
  const ids = actor.filter((value) => !isKind(value));
  return {
    OR: [
      ...(kinds.length > 0 ? [{ actorKind: { in: kinds } }] : []),
      ...(ids.length > 0 ? [{ actorId: { in: ids } }] : []),
    ],
  };
}

function between(since: Date | undefined, until: Date | undefined): Prisma.AuditEventWhereInput {
  return { at: { ...(since && { gte: since }), ...(until && { lt: until }) } };
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
