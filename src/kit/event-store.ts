import type { Prisma, PrismaClient } from './database.ts';

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

/** What has been recorded, to be read. */
export interface EventStore {
  /** Newest first. */
  list(page: EventPage): Promise<readonly AuditEventRow[]>;
}

export function createEventStore(prisma: PrismaClient): EventStore {
  return {
    list: ({ limit, after, filter: { since, ...equal } }) =>
      prisma.auditEvent.findMany({
        take: limit,
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        where: { AND: [given(equal), since ? { at: { gte: since } } : {}, after ? olderThan(after) : {}] },
      }),
  };
}

function given(equal: Omit<EventFilter, 'since'>): Prisma.AuditEventWhereInput {
  return Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined));
}

function olderThan({ at, id }: { at: Date; id: string }): Prisma.AuditEventWhereInput {
  return { OR: [{ at: { lt: at } }, { at, id: { lt: id } }] };
}
