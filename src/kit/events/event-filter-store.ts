import { after, before, days, hours, seconds } from '../clock.ts';
import { Prisma } from '../database/database.ts';
import { isRangeEnd } from '../database/timestamp-range.ts';
import { firstIdAt, timeOf } from '../ids.ts';
import { actorKinds } from '../request-context.ts';
import { ownedByOneOf } from './share-index-store.ts';

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
  /** The ids of admins. Then only events whose address an auditor sees as it is stored: of admins, or of a network alone. */
  readonly addressOfAdmins?: Values;
  /** Kinds and ids of actors. */
  readonly actor?: Values;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** A part of the detail, which has the reason too. It is searched without an index. */
  readonly text?: string | undefined;
}

type Values = readonly string[] | undefined;

const isActorKind = (value: string) => actorKinds.some((kind) => kind === value);

const columns =
  Prisma.raw(`id, at, type, user_id AS "userId", app_id AS "appId", connection, identity_id AS "identityId",
  request_id AS "requestId", actor_kind AS "actorKind", actor_id AS "actorId", address, detail, mark`);

/** Returns the statement that reads a page of events, the newest first. */
export function eventFilterSql({ limit, after: last, filter }: EventPage): Prisma.Sql {
  const { type, userId, appId, connection, identityId, requestId, address } = filter;
  const conditions = [
    ...oneOf('type', type),
    ...ownedBy('user_id', userId),
    ...oneOf('app_id', appId),
    ...oneOf('connection', connection),
    ...ownedBy('identity_id', identityId),
    ...oneOf('request_id', requestId),
    ...oneOf('address', address),
    ...byAdmins(filter.addressOfAdmins),
    ...actedBy(filter.actor),
    ...between(filter),
    ...containing(filter.text),
    ...ofRequests(requestId),
    ...olderThan(last),
    Prisma.sql`true`,
  ];
  const page = (where: Conditions) =>
    Prisma.sql`SELECT ${columns} FROM audit_event WHERE ${Prisma.join([...where], ' AND ')}
    ORDER BY at DESC, id DESC LIMIT ${limit}`;
  const sole = soleField(filter);
  if (!sole || (sole.values.length < 2 && sole.column !== 'actor_id')) return page(conditions);
  // The newest of each value come from its index. Together they have no order there, so that all would be read and sorted.
  // A join with the values would be planned for a value of usual frequency, and read the whole audit for a rare one.
  const each = [...new Set(sole.values)]
    .flatMap((value) => [...legsOf(sole.column, value)])
    .map((leg) => Prisma.sql`(${page([leg, ...between(filter), ...olderThan(last)])})`);
  return Prisma.sql`SELECT * FROM (${Prisma.join(each, ' UNION ALL ')}) AS one ORDER BY at DESC, id DESC LIMIT ${limit}`;
}

/** Each value takes its share of the planning, for which PostgreSQL looks at every week. */
const mostValues = 16;

/** The columns with an index that has the newest events of a value first. */
const orderedColumns = { type: 'type', appId: 'app_id', address: 'address', actor: 'actor_id' } as const;

/** Returns the field of a filter that has no other one, if an index leads to the newest events of its values. */
export function soleField({ since: _since, until: _until, ...fields }: EventFilter) {
  const given = Object.entries(fields).filter(([, values]) => values !== undefined);
  const [[name, values] = ['', undefined], ...more] = given;
  const column = Object.entries(orderedColumns).find(([field]) => field === name)?.[1];
  if (!column || !Array.isArray(values) || more.length > 0 || values.some(isActorKind)) return undefined;
  if (values.length > mostValues) return undefined;
  return { column, values: values as readonly string[] };
}

type Conditions = readonly Prisma.Sql[];

/** An app that acts for itself is most of the events, and is not in the index of actors. */
function legsOf(column: string, value: string): Conditions {
  if (column !== 'actor_id') return oneOf(column, [value]);
  return [
    Prisma.sql`actor_id = ${value} AND actor_id IS DISTINCT FROM app_id`,
    Prisma.sql`app_id = ${value} AND actor_id = app_id`,
  ];
}

function oneOf(column: string, values: Values): Conditions {
  if (!values) return [];
  // No value is no event, as in a pattern that fits no type.
  if (values.length === 0) return [Prisma.sql`false`];
  return [Prisma.sql`${Prisma.raw(column)} IN (${Prisma.join([...values])})`];
}

function ownedBy(column: 'user_id' | 'identity_id', values: Values): Conditions {
  return values && values.length > 0 ? [ownedByOneOf(column, values)] : oneOf(column, values);
}

function actedBy(actor: Values): Conditions {
  if (!actor) return [];
  const kinds = actor.filter(isActorKind);
  const ids = actor.filter((value) => !isActorKind(value));
  const either = [
    ...(kinds.length > 0 ? oneOf('actor_kind', kinds) : []),
    ...(ids.length > 0 ? oneOf('actor_id', ids) : []),
  ];
  return [Prisma.sql`(${Prisma.join(either, ' OR ')})`];
}

/** SQL: an act of administration, or of one of these people; or the address is a network. Only an admin acts on another person. */
function byAdmins(ids: Values): Conditions {
  if (!ids) return [];
  const anyOf = ids.length > 0 ? Prisma.sql` OR actor_id IN (${Prisma.join([...ids])})` : Prisma.empty;
  return [
    Prisma.sql`(address LIKE '%/%' OR actor_kind IN ('bootstrap', 'cli') OR (actor_kind = 'app' AND actor_id LIKE 'adt\\_%')
      OR (actor_kind = 'person' AND (actor_id IS DISTINCT FROM user_id${anyOf})))`,
  ];
}

/** Ids are of the clocks of processes, so a period of the database's clock takes in the ids of a week more on both sides. */
const clockError = days(8);

function between({ since, until }: EventFilter): Conditions {
  return [
    ...(since
      ? [Prisma.sql`at >= ${since}`, Prisma.sql`id >= ${firstIdAt('evt', before(since, clockError))}`]
      : []),
    ...(until
      ? [Prisma.sql`at < ${until}`, Prisma.sql`id < ${firstIdAt('evt', after(until, clockError))}`]
      : []),
  ];
}

function containing(text: string | undefined): Conditions {
  if (text === undefined) return [];
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  return [Prisma.sql`detail::text ILIKE ${pattern}`];
}

/** The id of a request of ours says when its events were recorded, and so in which week they are. */
function ofRequests(ids: Values): Conditions {
  const times = ids?.map((id) => (id.startsWith('req_') ? timeOf(id)?.getTime() : undefined)) ?? [];
  const known = times.filter((time) => time !== undefined);
  if (known.length === 0 || known.length < times.length) return [];
  const from = new Date(Math.min(...known) - seconds(5));
  const to = new Date(Math.max(...known) + hours(1));
  return [Prisma.sql`id >= ${firstIdAt('evt', from)}`, Prisma.sql`id < ${firstIdAt('evt', to)}`];
}

function olderThan(last: EventPage['after']): Conditions {
  if (!last) return [];
  const { at, id } = last;
  // Its stored time is unknown here.
  if (isRangeEnd(at))
    return [Prisma.sql`(at, id) < (SELECT e.at, e.id FROM audit_event e WHERE e.id = ${id})`];
  return [Prisma.sql`(at, id) < (${at}, ${id})`];
}
