import type pg from 'pg';
import { createBoundedReads } from '../kit/database/bounded-read.ts';
import { type Standing, standing } from '../vault/standing.ts';
import { alternateIs, conditionsOf } from './identity-filter.ts';
import type { Examined, IdentityQuestion, Position, Source, Window } from './identity-question.ts';
import { sourceOf } from './identity-sources-list-store.ts';
import { createParameters } from './parameters.ts';

// SQL over tables of several rooms: a filter by the state of a token set, by its account and by its use has to be one
// statement, or a page could not be found without reading the rows before it.

export interface IdentityListStore {
  examine(question: IdentityQuestion, window: Window): Promise<Examined>;
  /** Returns up to `limit` identities that the search finds by an index, in no order. Undefined: it took too long. */
  find(search: string, namesOnly: boolean, limit: number): Promise<readonly string[] | undefined>;
  /** Returns up to `limit` identities whose last refresh has failed, or that a backup has brought back. */
  unsure(limit: number): Promise<readonly string[]>;
  /** Returns up to `limit` identities whose refresh has a row in the journal. */
  journalled(limit: number): Promise<readonly string[]>;
  /** Returns the connections at which people have signed in with another client than the present one. */
  withOtherClients(facts: IdentityQuestion['facts']): Promise<readonly string[]>;
  namesOf(userIds: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** Returns the latest uses of each identity, ten at most. */
  usesOf(identityIds: readonly string[]): Promise<ReadonlyMap<string, readonly Use[]>>;
}

export interface Use {
  readonly identityId: string;
  readonly app: string;
  readonly lastAt: Date;
  readonly times: number;
}

export function createIdentityListStore(pool: pg.Pool): IdentityListStore {
  const bounded = createBoundedReads(pool);

  return {
    async examine({ filter, sort, now, facts }, window) {
      const parameters = createParameters();
      const { add } = parameters;
      const time = `${add(now)}::timestamptz`;
      const about = `${add(JSON.stringify(facts))}::jsonb`;
      const stands = standing({ entry: 'e', facts: about, now: time });
      const app = filter.app === undefined ? undefined : add(filter.app);
      const source = sourceOf({ filter, sort, window, time, stands, app, parameters });
      // The index has compared what was searched for.
      const asked = { ...filter, ...(window.source === 'among' && { search: undefined }) };
      const conditions = [...conditionsOf(asked, parameters, stands), ...only(window.source, stands)];
      const up = sort === 'ends';
      const order = up ? 'at, id' : `at DESC, id ${sort === 'last_used' ? '' : 'DESC'}`;
      const back = up ? 'at DESC, id DESC' : `at, id ${sort === 'last_used' ? 'DESC' : ''}`;
      const joins = [
        lateral('i', 'identity WHERE id = seen.id'),
        lateral('e', 'vault_entry WHERE identity_id = seen.id'),
        ...(app === undefined
          ? []
          : [lateral('u', `app_use WHERE identity_id = seen.id AND app_id = ${app}`)]),
        ...(asked.search === undefined ? [] : [lateral('p', '"user" WHERE id = i.user_id')]),
      ];
      const { rows } = await pool.query<Position & { found: boolean; count: number }>(
        // A parameter that no condition uses would have no type.
        `WITH given AS (SELECT ${time}, ${about}), seen AS MATERIALIZED (${source} ORDER BY ${order} LIMIT ${add(window.size)}),
         found AS (SELECT seen.id, seen.at FROM (SELECT * FROM seen ORDER BY ${order}) AS seen ${joins.join(' ')}
           WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${add(window.limit)})
         SELECT id, at, true AS found, 0 AS count FROM (SELECT * FROM found ORDER BY ${order}) AS page
         UNION ALL (SELECT id, at, false, (SELECT count(*)::int FROM seen) FROM seen ORDER BY ${back} LIMIT 1)`,
        [...parameters.values],
      );
      const edge = rows.find(({ found }) => !found);
      const found = rows.filter((row) => row.found).map(({ at, id }) => ({ at, id }));
      return {
        rows: found,
        last: edge && { at: edge.at, id: edge.id },
        ended: (edge?.count ?? 0) < window.size,
      };
    },

    find: (search, namesOnly, limit) =>
      bounded(async (query) => {
        const part = (column: string) =>
          `symbolon_grams(${column}) @> symbolon_grams($1) AND strpos(symbolon_fold(${column}), symbolon_fold($1)) > 0`;
        const hasGrams = (
          await query<{ grams: number }>('SELECT cardinality(symbolon_grams($1)) AS grams', [search])
        )[0];
        const whole = [
          `SELECT i.id FROM identity i WHERE i.id = $1`,
          `SELECT i.id FROM identity i WHERE i.user_id = $1`,
          ...(namesOnly
            ? []
            : [
                `SELECT i.id FROM identity i WHERE i.subject = $1`,
                `SELECT i.id FROM identity i WHERE ${alternateIs('$1')}`,
              ]),
        ];
        const parts = [
          `SELECT i.id FROM identity i WHERE ${part('i.name')}`,
          `SELECT i.id FROM identity i WHERE i.user_id IN (SELECT p.id FROM "user" p WHERE ${part('p.name')} LIMIT $2)`,
          ...(namesOnly
            ? []
            : [
                `SELECT i.id FROM identity i WHERE i.user_id IN (SELECT o.user_id FROM identity o WHERE ${part('o.email')} LIMIT $2)`,
              ]),
        ];
        if (hasGrams?.grams === 0) return undefined;
        const each = [...whole, ...parts].map((text) => `(${text} LIMIT $2)`);
        const rows = await query<{ id: string }>(`SELECT id FROM (${each.join(' UNION ')}) AS hit LIMIT $2`, [
          search,
          limit,
        ]);
        return rows.map(({ id }) => id);
      }),

    async unsure(limit) {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT identity_id AS id FROM vault_entry WHERE failures > 0 OR unverified ORDER BY identity_id DESC LIMIT $1`,
        [limit],
      );
      return rows.map(({ id }) => id);
    },

    async journalled(limit) {
      const text = 'SELECT identity_id AS id FROM refresh_intent LIMIT $1';
      return (await pool.query<{ id: string }>(text, [limit])).rows.map(({ id }) => id);
    },

    async withOtherClients(facts) {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT DISTINCT connection_id AS id FROM proven_client WHERE client_id <> ($1::jsonb -> connection_id ->> 'client')`,
        [JSON.stringify(facts)],
      );
      return rows.map(({ id }) => id);
    },

    async namesOf(userIds) {
      const { rows } = await pool.query<{ id: string; name: string | null }>(
        'SELECT id, name FROM "user" WHERE id = ANY ($1)',
        [userIds],
      );
      return new Map(rows.map(({ id, name }) => [id, name]));
    },

    async usesOf(identityIds) {
      const { rows } = await pool.query<Use>(
        `SELECT used.* FROM unnest($1::text[]) AS asked (id) CROSS JOIN LATERAL (
           SELECT identity_id AS "identityId", app_id AS app, greatest(last_at, recent_at) AS "lastAt", times::float8
           FROM app_use WHERE identity_id = asked.id ORDER BY greatest(last_at, recent_at) DESC LIMIT 10) AS used`,
        [identityIds],
      );
      return Map.groupBy(rows, ({ identityId }) => identityId);
    },
  };
}

/** SQL: a row that is read by its key, for each row before. The planner may not read the whole table instead. */
function lateral(alias: string, from: string): string {
  return `LEFT JOIN LATERAL (SELECT * FROM ${from} OFFSET 0) AS ${alias} ON true`;
}

/** The rows that no other part of the list has. */
function only(source: Source, { reason }: Standing): readonly string[] {
  if (source === 'moved') return [`${reason} = 'origin_changed'`];
  return source === 'other client' ? ['NOT (e.failures > 0 OR e.unverified)'] : [];
}
