import { expect, it } from 'vitest';
import { createDatabase } from '../../src/kit/database/database.ts';
import { readMigrations } from '../../src/kit/database/migration-files.ts';
import { createEventAppender, createEventStore } from '../../src/kit/events/event-store.ts';
import { createEventWeeks } from '../../src/kit/events/event-weeks-store.ts';
import { newId } from '../../src/kit/ids.ts';
import { atEnd } from '../support/at-end.ts';
import { asNewRole, asSuperuser, emptyDatabaseUrl, freshDatabase } from '../support/database.ts';
import { idAt } from '../support/event-weeks.ts';

const day = 86_400_000;
const parts = `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_event'::regclass ORDER BY 1`;

function line(id: string) {
  const cause = { requestId: undefined, actorKind: 'system' as const, actorId: null, address: undefined };
  return { id, type: 'app.created' as const, age: 0, detail: {}, ...cause };
}

/** A database as the version before left it, with events of five years, of a clock far ahead, and of another hand. */
async function beforeWeeks() {
  const url = await emptyDatabaseUrl();
  const all = await readMigrations();
  const first = all.findIndex(({ name }) => name.endsWith('_audit_bound'));
  for (const { sql } of all.slice(0, first)) await asSuperuser(url, sql);
  const database = createDatabase({ url, poolSize: 3 });
  atEnd(() => database.close());
  return { url, due: all.slice(first), ...database };
}

it('the migration takes the former table as it is, and loses no event', async () => {
  const { url, due, pool, prisma } = await beforeWeeks();
  const times = [...Array(20).keys()].map((n) => Date.now() - n * 90 * day);
  const ids = [...times, Date.now() + 400 * day].map((time) => idAt(time, 'x'));
  ids.push('by another hand');
  const append = createEventAppender(pool);
  await append(ids.map(line));
  const node = `SELECT relfilenode FROM pg_class WHERE oid = $1::regclass`;
  const file = (await pool.query(node, ['audit_event'])).rows;
  for (const { sql } of due) await asSuperuser(url, sql);

  expect((await pool.query(node, ['audit_event_first'])).rows).toEqual(file);
  expect((await pool.query('SELECT id FROM audit_event')).rows.map(({ id }) => id).sort()).toEqual(
    ids.sort(),
  );
  const weeks = (await pool.query(parts)).rows;
  expect(weeks.map(({ name }) => name)).toEqual(['audit_event_default', 'audit_event_first']);
  // A connection of the version before goes on with the statements that it has prepared.
  const later = newId('evt');
  await append([line(later), line(ids[0] ?? '')]);
  const store = createEventStore(prisma);
  expect(await store.missing([...ids, later, 'evt_none'])).toEqual(['evt_none']);
  expect((await store.find(later))?.id).toBe(later);
});

it('the new table has the rights of the former one, and its parts none', async () => {
  const { url, due } = await beforeWeeks();
  const { role, url: limited } = await asNewRole(url);
  await asSuperuser(
    url,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};
     GRANT SELECT, INSERT ON audit_event TO ${role}; GRANT UPDATE (address) ON audit_event TO ${role}`,
  );
  for (const { sql } of due) await asSuperuser(url, sql);
  const database = createDatabase({ url: limited, poolSize: 2 });
  atEnd(() => database.close());
  await createEventAppender(database.pool)([line(newId('evt'))]);
  const may = `SELECT relname AS name, string_agg(p, ' ' ORDER BY p) AS may
    FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p
    WHERE relname LIKE 'audit\\_event%' AND relkind IN ('r', 'p') AND has_table_privilege(oid, p) GROUP BY 1`;
  expect((await database.pool.query(may)).rows).toEqual([{ name: 'audit_event', may: 'INSERT SELECT' }]);
  const column = `SELECT has_column_privilege('audit_event', 'address', 'UPDATE') AS may`;
  expect((await database.pool.query(column)).rows).toEqual([{ may: true }]);

  await asSuperuser(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
  await createEventWeeks(database.pool).addAhead();
  expect((await database.pool.query(may)).rows.map(({ name }) => name)).toEqual(['audit_event']);
});

it('weeks are added ahead, and events of a week without a partition are kept until they move into it', async () => {
  const { pool } = await freshDatabase();
  const before = (await pool.query(parts)).rows.map(({ name }) => name);
  expect(before.length).toBe(8);
  const last = before.filter((name) => /\d$/.test(name)).at(-1);
  await pool.query(`DROP TABLE ${last}`);
  const start = (last ?? '').slice(-10).replaceAll('_', '-');
  const late = idAt(Date.parse(start) + 2 * day, 'late');
  await createEventAppender(pool)([line(late), line(newId('evt'))]);
  const where = 'SELECT tableoid::regclass::text AS part FROM audit_event WHERE id = $1';
  expect((await pool.query(where, [late])).rows).toEqual([{ part: 'audit_event_default' }]);
  const weeks = createEventWeeks(pool);
  expect([await weeks.addAhead(), await weeks.addAhead()]).toEqual([1, 0]);
  expect((await pool.query(parts)).rows.map(({ name }) => name)).toEqual(before);
  expect((await pool.query(where, [late])).rows).toEqual([{ part: last }]);
  const plan = (await pool.query(`EXPLAIN SELECT 1 FROM audit_event WHERE id = '${late}'`)).rows;
  expect(JSON.stringify(plan)).not.toContain('audit_event_default');
});
