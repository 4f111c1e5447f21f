import type pg from 'pg';

export interface SeededEvents {
  /** The number of events, spread evenly over the weeks. */
  readonly events: number;
  /** The number of weeks before this one. */
  readonly weeks: number;
  /** SQL for the columns of event number `n`; default: made up. */
  readonly columns?: Partial<Record<Column, string>>;
}

type Column =
  | 'type'
  | 'user'
  | 'app'
  | 'connection'
  | 'identity'
  | 'request'
  | 'actorKind'
  | 'actor'
  | 'address'
  | 'detail'
  | 'tx';

const atOnce = 100_000;

/** SQL for the digit of a TypeID at a place of its time. */
const digit = (place: number) =>
  `substr('0123456789abcdefghjkmnpqrstvwxyz', ((ms >> ${45 - 5 * place}) & 31)::int + 1, 1)`;
/** A TypeID of version 7 with the time `ms`, and random digits from `hash`. */
const id = (prefix: string) => `'${prefix}_' || ${[...Array(10).keys()].map(digit).join(' || ')}
  || 'e' || substr(hash, 1, 2) || '8' || substr(hash, 3, 12)`;
/** SQL for the id of the request of an event. */
export const seededRequest = id('req');

const made = {
  type: `(ARRAY['token.retrieved', 'token.retrieved', 'token.retrieved', 'token.proxied', 'token.refreshed',
    'login.succeeded', 'token.refused', 'token.refresh_failed', 'consent.given', 'app.changed'])[1 + n % 10]`,
  user: `'usr_' || lpad((n % 1000003)::text, 26, '0')`,
  app: `'app_' || lpad((n % 50)::text, 26, '0')`,
  connection: `(ARRAY['google', 'github', 'wechat', 'microsoft'])[1 + n % 4]`,
  identity: `'idn_' || lpad((n % 1000003)::text, 26, '0')`,
  request: 'NULL',
  actorKind: `'app'`,
  address: 'NULL',
  detail: `jsonb_build_object('reason', 'seed ' || n % 100)`,
  tx: 'pg_current_xact_id()',
};

/** Writes events of the past as the owner, with a partition for each week if the audit was empty. */
export async function seedEvents(
  client: Pick<pg.ClientBase, 'query'>,
  { events, weeks, columns = {} }: SeededEvents,
): Promise<void> {
  await addPastWeeks(client, weeks);
  const own = { ...made, ...columns };
  const span = weeks * 7 * 86_400_000;
  for (let from = 1; from <= events; from += atOnce)
    await client.query(
      `INSERT INTO audit_event (id, at, type, user_id, app_id, connection, identity_id, request_id, actor_kind, actor_id,
         address, detail, tx)
       SELECT ${id('evt')}, to_timestamp(ms / 1000.0), ${own.type}, ${own.user}, ${own.app}, ${own.connection}, ${own.identity},
              ${own.request}, ${own.actorKind}, ${own.actor ?? own.app}, ${own.address}, ${own.detail},
              ${own.tx}
       FROM generate_series($1::bigint, $2::bigint) AS n,
            LATERAL (SELECT (extract(epoch FROM now()) * 1000 - $3::float8 * (1 - n / $4::float8))::bigint AS ms,
                            md5(n::text) AS hash) AS made`,
      [from, Math.min(events, from + atOnce - 1), span, events],
    );
}

/** Divides the first partition while it is empty. */
async function addPastWeeks(client: Pick<pg.ClientBase, 'query'>, weeks: number): Promise<void> {
  const { rows } = await client.query('SELECT 1 FROM audit_event_first LIMIT 1');
  if (rows.length > 0) return;
  await client.query(`DO $$ DECLARE
      high text := (SELECT substring(pg_get_expr(relpartbound, oid) FROM $x$TO \\('(.*)'\\)$x$) FROM pg_class
                     WHERE oid = 'audit_event_first'::regclass);
      this_week timestamptz := date_trunc('week', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
      week timestamptz;
      till text;
    BEGIN
      ALTER TABLE audit_event DETACH PARTITION audit_event_first;
      FOR n IN REVERSE ${Math.ceil(weeks) + 1} .. 1 LOOP
        week := this_week - n * interval '7 days';
        till := audit_id_at(week + interval '7 days');
        CONTINUE WHEN till > high;
        EXECUTE format('CREATE TABLE %I PARTITION OF audit_event FOR VALUES FROM (%L) TO (%L)',
          'audit_event_' || to_char(week AT TIME ZONE 'UTC', 'YYYY_MM_DD'), audit_id_at(week), till);
      END LOOP;
      EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION audit_event_first FOR VALUES FROM (MINVALUE) TO (%L)',
        audit_id_at(this_week - ${Math.ceil(weeks) + 1} * interval '7 days'));
    END $$`);
}
