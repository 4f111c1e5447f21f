import type pg from 'pg';
import { createBoundedReads } from '../kit/database/bounded-read.ts';
import { below } from '../kit/database/timestamp-range.ts';
import { isPlain } from '../kit/plain-text.ts';

export interface UserQuestion {
  readonly limit: number;
  /** The position after which the page starts: a time of the order, and an id. */
  readonly after?: UserPosition | undefined;
  readonly ids?: readonly string[] | undefined;
  /** Part of a name or an e-mail address, or a whole subject, other id of an account, account id or user id. */
  readonly search?: string | undefined;
  /** The search compares a user's name and id only. */
  readonly namesOnly?: boolean;
  /** Ids of connections, of which the user has linked any. */
  readonly connections?: readonly string[] | undefined;
  readonly disabled?: boolean | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly createdSince?: Date | undefined;
  readonly createdUntil?: Date | undefined;
  /** Default: `created`. `last_login`: only users who have signed in. */
  readonly sort?: 'created' | 'last_login' | undefined;
}

export interface UserPosition {
  readonly at: Date;
  readonly id: string;
  /** The indexes have too many hits for the filter, so that the next page need not ask them again. */
  readonly common?: true | undefined;
}

export interface FoundUsers {
  readonly users: readonly UserPosition[];
  /** Set: the search has stopped here, and goes on after it. */
  readonly stoppedAt?: UserPosition | undefined;
}

/** The rows that the statements of one page examine, one after the other. */
const windows = [500, 4_000, 4_000, 4_000];
/** A filter that an index answers with more users is compared along the list instead, where a page is full soon. */
const mostCandidates = 2_000;

/** Lists users, the latest first. SQL: a search has to be a union of ids, or PostgreSQL reads both tables. */
export function createUserList(
  pool: pg.Pool,
  most = mostCandidates,
): (question: UserQuestion) => Promise<FoundUsers> {
  const bounded = createBoundedReads(pool);

  /** Returns the users that one part of the filter leaves, if they are few. */
  async function candidatesOf(question: UserQuestion): Promise<readonly string[] | undefined> {
    for (const { text, values } of narrowing(question, most)) {
      const found = await bounded((query) => query<{ id: string }>(`${text} LIMIT ${most + 1}`, values));
      if (found && found.length <= most) return found.map(({ id }) => id);
    }
    return undefined;
  }

  async function examine(question: UserQuestion, window: Window) {
    const { text, values } = windowOf(question, window);
    const { rows } = await pool.query<UserPosition & { found: boolean; count: number }>(text, [...values]);
    const users = rows.filter(({ found }) => found).map(({ at, id }) => ({ at, id }));
    const edge = rows.find(({ found }) => !found);
    return {
      users,
      last: edge && { at: edge.at, id: edge.id },
      ended: (edge?.count ?? 0) < window.size,
    };
  }

  return async (question) => {
    const { limit, after, search = '' } = question;
    if (!isPlain(search)) return { users: [] };
    // Of a common text four pages of rows have a page.
    const size = question.search === undefined ? limit : 4 * limit;
    const begin = after?.common || question.ids ? undefined : await examine(question, { after, size, limit });
    if (begin && (begin.ended || begin.users.length >= limit)) return begin;
    const ids = after?.common ? undefined : await candidatesOf(question);
    if (ids) return examine(question, { ids, after, size: ids.length + 1, limit });
    const users = [...(begin?.users ?? [])];
    let last = begin?.last ?? after;
    for (const size of windows) {
      const seen = await examine(question, { after: last, size, limit: limit - users.length });
      users.push(...seen.users);
      if (users.length >= limit || seen.ended) return { users: users.map(common) };
      last = seen.last;
    }
    return { users: users.map(common), ...(last && { stoppedAt: common(last) }) };
  };
}

const common = (place: UserPosition): UserPosition => ({ ...place, common: true });

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const hasGrams = (column: string) =>
  `symbolon_grams(${column}) @> symbolon_grams($1) AND symbolon_grams($1) <> '{}' AND ${contains(column, '$1')}`;
const contains = (column: string, text: string) =>
  `strpos(symbolon_fold(${column}), symbolon_fold(${text})) > 0`;
const otherId = (text: string) =>
  `alternates <> '{}' AND jsonb_path_query_array(alternates, '$.*') @> jsonb_build_array(${text}::text)`;

/** SQL: the user has such an account. Without the offset the planner may read all accounts into a hash table. */
const ofUser = (where: string) => `EXISTS (SELECT FROM identity WHERE user_id = u.id AND ${where} OFFSET 0)`;

/** Statements that return the ids of users by an index, of which each leaves those of one part of the filter. */
function* narrowing(question: UserQuestion, most: number): Generator<Statement> {
  const { ids, search, namesOnly = false, roles, disabled, connections } = question;
  if (ids) yield { text: 'SELECT id FROM "user" WHERE id = ANY ($1)', values: [ids] };
  // A single letter has no bigram, and nearly each name has it.
  if (search !== undefined && (search.length > 1 || /[^\u0000-\u2e7f]/.test(search))) {
    const users = ['id = $1', hasGrams('name')].map((where) => `SELECT id FROM "user" WHERE ${where}`);
    const accounts = ['id = $1', 'subject = $1', otherId('$1'), hasGrams('name'), hasGrams('email')];
    const owners = accounts.map((where) => `SELECT user_id FROM identity WHERE ${where}`);
    const each = [...users, ...(namesOnly ? [] : owners)].map((text) => `(${text} LIMIT ${most + 1})`);
    yield { text: `SELECT id FROM (${each.join(' UNION ')}) AS hit`, values: [search] };
  }
  if (roles) yield { text: `SELECT id FROM "user" WHERE roles <> '{}' AND roles && $1`, values: [roles] };
  if (disabled === true) yield { text: 'SELECT id FROM "user" WHERE disabled_at IS NOT NULL', values: [] };
  // The order makes the planner use the index of each connection: it would else read the table for a frequent one.
  if (connections)
    yield {
      text: `SELECT user_id AS id FROM unnest($1::text[]) AS asked (connection_id) CROSS JOIN LATERAL (
        SELECT user_id FROM identity WHERE connection_id = asked.connection_id ORDER BY linked_at DESC, id DESC
        LIMIT ${most + 1}) AS one`,
      values: [connections],
    };
}

interface Window {
  readonly ids?: readonly string[] | undefined;
  readonly after: UserPosition | undefined;
  readonly size: number;
  readonly limit: number;
}

/** The users of a window that match, and the last row of the window with the number of its rows. */
function windowOf(question: UserQuestion, { ids, after, size, limit }: Window): Statement {
  const values: unknown[] = [];
  const add = (value: unknown) => `$${values.push(value)}`;
  const { search, namesOnly, connections, disabled, roles, createdSince, createdUntil } = question;
  const at = question.sort === 'last_login' ? 'last_login_at' : 'created_at';
  const whole = search === undefined ? '' : add(search);
  const account = [`id = ${whole}`, `subject = ${whole}`, contains('name', whole), contains('email', whole)];
  const byAccount = `${ofUser(`(${account.join(' OR ')} OR (${otherId(whole)}))`)}`;
  const range = [
    `${at} IS NOT NULL`,
    ...(after ? [below([at, 'id'], after, { at: add(after.at), id: add(after.id) })] : []),
    ...(createdSince ? [`created_at >= ${add(createdSince)}`] : []),
    ...(createdUntil ? [`created_at < ${add(createdUntil)}`] : []),
    ...(question.ids ? [`id = ANY (${add(question.ids)})`] : []),
    ...(ids ? [`id = ANY (${add(ids)})`] : []),
  ];
  const filters = [
    'true',
    ...(search === undefined
      ? []
      : [`(u.id = ${whole} OR ${contains('u.name', whole)}${namesOnly ? '' : ` OR ${byAccount}`})`]),
    ...(roles ? [`u.roles && ${add(roles)}`] : []),
    ...(disabled === undefined ? [] : [`(u.disabled_at IS NOT NULL) = ${add(disabled)}`]),
    ...(connections ? [ofUser(`connection_id = ANY (${add(connections)})`)] : []),
  ];
  const text = `WITH seen AS MATERIALIZED (SELECT *, ${at} AS at FROM "user" WHERE ${range.join(' AND ')}
      ORDER BY ${at} DESC, id DESC LIMIT ${add(size)}),
    found AS (SELECT u.id, u.at FROM (SELECT * FROM seen ORDER BY at DESC, id DESC) AS u WHERE ${filters.join(' AND ')}
      ORDER BY u.at DESC, u.id DESC LIMIT ${add(limit)})
    SELECT id, at, true AS found, 0 AS count FROM (SELECT * FROM found ORDER BY at DESC, id DESC) AS page
    UNION ALL (SELECT id, at, false, (SELECT count(*)::int FROM seen) FROM seen ORDER BY at, id LIMIT 1)`;
  return { text, values };
}
