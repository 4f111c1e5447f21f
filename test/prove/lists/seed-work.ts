import type pg from 'pg';
import { seedEvents, seededRequest } from '../seed-events.ts';
import { aliasOf, person, type Timed } from './seed-people.ts';

// The rest of a large database: events, their roll-ups, and what waits for providers and endpoints. The tables of people are
// filled already.

/** The account that has one of 200 events, as that of a service has. */
export const busy = { user: `usr_${'1'.padStart(26, '0')}`, identity: `idn_${'1'.padStart(26, '0')}` };
export const operator = `usr_${'2'.padStart(26, '0')}`;

const endpoint = (n: string) => `'whk_' || lpad(${n}::text, 26, '0')`;
export const firstEndpoint = `whk_${'1'.padStart(26, '0')}`;

const part = (from: number, digits: number) =>
  `('x' || substr(hash, ${from}, ${digits}))::bit(${4 * digits})::int`;
/** A number from 0 to 999 by the event, unlike that of its account. */
const type = `(CASE ${(
  [
    [700, 'token.retrieved'],
    [820, 'token.proxied'],
    [920, 'token.refreshed'],
    [950, 'login.succeeded'],
    [970, 'token.refused'],
    [985, 'token.refresh_failed'],
    [990, 'login.failed'],
    [994, 'consent.given'],
    [997, 'identity.linked'],
    [999, 'token.reauthorization_required'],
  ] as const
)
  .map(([below, name]) => `WHEN ${part(1, 5)} % 1000 < ${below} THEN '${name}'`)
  .join(' ')} WHEN n % 7 = 0 THEN 'connection.misconfigured' ELSE 'app.changed' END)`;
const byPerson = `(${part(1, 5)} % 1000 BETWEEN 920 AND 949 OR ${part(1, 5)} % 1000 >= 985)`;
const app = `(CASE WHEN ${part(6, 4)} % 1000 < 600 THEN 'app_notes' WHEN ${part(6, 4)} % 1000 < 900 THEN 'app_calendar'
  WHEN ${part(6, 4)} % 1000 = 999 THEN 'app_rare' ELSE 'app_' || ${part(6, 4)} % 197 END)`;

export interface WorkSize {
  readonly identities: number;
  readonly events: number;
  readonly weeks: number;
  /** The events come before those that were written already, so that no job reads them as new ones. */
  readonly past?: boolean;
}

export async function seedWork(
  pool: pg.Pool,
  { identities, events, weeks, past = false }: WorkSize,
  timed: Timed,
): Promise<void> {
  const account = `(CASE WHEN n % 200 = 0 THEN 1 ELSE (n * 7919) % ${identities} + 1 END)`;
  const user = person(account);
  const late = await withoutIndexes(pool);
  const client = await pool.connect();
  await seedEvents(client, {
    events,
    weeks,
    columns: {
      type,
      app,
      user,
      connection: aliasOf(account),
      identity: `'idn_' || lpad(${account}::text, 26, '0')`,
      request: `CASE WHEN n % 3 > 0 THEN ${seededRequest} END`,
      actorKind: `CASE WHEN ${part(1, 5)} % 1000 = 999 THEN 'person' WHEN ${byPerson} THEN 'person' ELSE 'app' END`,
      actor: `CASE WHEN ${part(1, 5)} % 1000 = 999 THEN '${operator}' WHEN ${byPerson} THEN ${user} ELSE ${app} END`,
      address: `CASE WHEN n % 2 = 0 THEN '10.' || ${part(10, 2)} || '.' || ${part(12, 2)} || '.0/24' END`,
      detail: `jsonb_build_object('reason', 'seed ' || n % 100 || CASE WHEN n % 1000003 = 77 THEN ' of a needle' ELSE '' END,
        'ms', 100 + n % 900)`,
      ...(past && { tx: `'3'::xid8` }),
    },
  });
  client.release();
  await timed('events', 'SELECT 1');
  for (const { made } of late) await timed('indexes of events', made);
  await timed(
    'cursor',
    `UPDATE usage_cursor SET through = now(), tx = pg_current_xact_id()::text, event_id = 'evt_'`,
  );
  for (const [step, text] of Object.entries(statements)) await timed(step, text);
  await timed('vacuum', 'VACUUM ANALYZE');
}

/** Drops the indexes of the audit that are built after its rows. Returns their definitions. */
async function withoutIndexes(pool: pg.Pool) {
  const { rows } = await pool.query<{ name: string; made: string }>(
    `SELECT indexname AS name, replace(indexdef, ' ON ONLY ', ' ON ') AS made FROM pg_indexes
     WHERE tablename = 'audit_event' AND schemaname = current_schema() AND indexname <> 'audit_event_pkey'`,
  );
  for (const { name } of rows) await pool.query(`DROP INDEX "${name}"`);
  return rows;
}

const connections = `(VALUES ('google'), ('wechat'), ('github'), ('facebook'), ('microsoft'), ('feishu'), ('a'), ('b'), ('c'),
  ('d'), ('e'), ('f'), ('g'), ('h'), ('i'), ('j'), ('k'), ('l'), ('m'), ('n')) AS c (alias)`;
const outcomes = `(VALUES ('login', 'ok'), ('login', 'access_denied'), ('login', 'other'), ('retrieval', 'retrieved'),
  ('retrieval', 'proxied'), ('retrieval', 'no_consent'), ('refresh', 'ok'), ('refresh', 'network'), ('refresh', 'grant-dead'),
  ('ended', 'rejected'), ('ended', 'password_changed'), ('ended', 'rotation_lost')) AS o (kind, outcome)`;
const states = `(VALUES ('active', ''), ('expiring', ''), ('retrying', ''), ('reauthorization_required', 'rejected'),
  ('reauthorization_required', 'password_changed'), ('reauthorization_required', 'expired'), ('revoked', 'revoked_by_user'))
  AS s (state, reason)`;
const buckets = `CASE WHEN kind IN ('login', 'refresh') THEN (SELECT array_agg(1 + n % 5) FROM generate_series(1, 12) n) ELSE '{}' END`;

/** By the step: the statements of tables whose size does not follow that of the audit. */
const statements: Readonly<Record<string, string>> = {
  'counts by hour': `INSERT INTO usage_hour (hour, kind, connection, outcome, n, buckets)
    SELECT date_trunc('hour', now()) - h * interval '1 hour', kind, alias, outcome, 10 + h % 90, ${buckets}
    FROM generate_series(0, 335) h, ${connections}, ${outcomes}`,
  'counts by day': `INSERT INTO usage_day (day, kind, connection, app, outcome, n, buckets)
    SELECT current_date - d, kind, alias, app, outcome, 100 + d, ${buckets}
    FROM generate_series(0, 89) d, ${connections}, ${outcomes},
      LATERAL (SELECT '' AS app WHERE kind <> 'retrieval' UNION ALL
        SELECT 'app_' || a FROM generate_series(0, 39) a WHERE kind = 'retrieval' AND (a + ascii(alias)) % 2 = 0) app`,
  census: `INSERT INTO grant_census (at, connection_id, state, reason, n)
    SELECT at, 'con_' || alias, state, reason, 100 FROM (
      SELECT date_trunc('hour', now()) - h * interval '1 hour' AS at FROM generate_series(0, 2159) h UNION
      SELECT date_trunc('hour', now()) - m * interval '5 minutes' FROM generate_series(0, 575) m) taken,
      (SELECT alias FROM connection) c, ${states}
    WHERE at = date_trunc('hour', at) OR state <> 'active'
    UNION ALL SELECT at, '', 'taken', '', 0 FROM (
      SELECT date_trunc('hour', now()) - h * interval '1 hour' AS at FROM generate_series(0, 2159) h UNION
      SELECT date_trunc('hour', now()) - m * interval '5 minutes' FROM generate_series(0, 575) m) taken`,
  apps: `INSERT INTO app (id, name, type, redirect_uris, post_logout_redirect_uris, apis, introspects, created_at)
    SELECT id, initcap(id), 'web', '{https://app.example/back}', '{}', '{}', '{}', now() - n * interval '1 hour'
    FROM (SELECT 'app_' || n AS id, n FROM generate_series(0, 196) n UNION ALL
      SELECT id, 200 FROM (VALUES ('app_notes'), ('app_calendar'), ('app_rare')) named (id)) made`,
  'policies of apps': `INSERT INTO app_connection (app_id, connection_id, scopes)
    SELECT app.id, connection.id, '{openid}' FROM app, connection ON CONFLICT DO NOTHING`,
  apis: `INSERT INTO api (id, identifier, name, created_at)
    SELECT 'api_' || n, 'https://api' || n || '.example', 'API ' || n, now() - n * interval '1 hour' FROM generate_series(1, 50) n`,
  consents: `INSERT INTO consent (user_id, app_id, scopes, connections, at)
    SELECT DISTINCT ON (user_id, app_id) user_id, app_id, '{"oidc": ["openid"], "resources": {}}'::jsonb, '[]'::jsonb, first_at
    FROM app_use ORDER BY user_id, app_id`,
  sessions: `INSERT INTO artifact (kind, id_hash, payload, uid, account_id, expires_at)
    SELECT 'Session', md5('s' || n || id), '{"iat": 1790000000, "loginTs": 1790000000, "authorizations": {"app_notes": {}}}',
      md5('u' || n || id), id, now() + n * interval '1 hour'
    FROM "user", LATERAL generate_series(1, CASE WHEN id = '${busy.user}' THEN 150 WHEN right(id, 2) = '01' THEN 2
      WHEN right(id, 1) = '1' THEN 1 ELSE 0 END) n`,
  'origins of sessions': `INSERT INTO session_origin (session_uid, user_id, connection_id, identity_id, at, user_agent, address)
    SELECT uid, account_id, 'con_google', replace(account_id, 'usr_', 'idn_'), now(), 'Mozilla/5.0', '10.1.2.0/24'
    FROM artifact WHERE kind = 'Session'`,
  'refresh tokens': `INSERT INTO artifact (kind, id_hash, payload, grant_id, account_id, client_id, expires_at)
    SELECT 'RefreshToken', md5('r' || user_id || app_id), '{"iat": 1790000000}', md5('g' || user_id || app_id), user_id, app_id,
      now() + interval '14 days' FROM consent`,
  'upstream revocations': `INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, version, state,
      attempts, next_at, created_at, finished_at)
    SELECT 'dep_' || lpad(n::text, 26, '0'), 'idn_gone' || n, u.id, c.id, c.alias, c.provider, 1, state, 1, at, at,
      CASE WHEN state <> 'pending' THEN at + interval '1 minute' END
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM "user" WHERE right(id, 1) IN ('1', '2') AND right(id, 2) < '40') u
      JOIN LATERAL (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM connection) c ON c.place = n % 6,
      LATERAL (SELECT now() - n * interval '29 seconds' AS at, CASE WHEN n < 200 THEN 'pending' WHEN n % 50 = 0 THEN 'unsupported'
        WHEN n % 2000 = 3 THEN 'gave_up' ELSE 'revoked' END AS state) AS made`,
  endpoints: `INSERT INTO webhook_endpoint (id, url, events, secrets)
    SELECT ${endpoint('n')}, 'https://hooks.example/' || n, '{}', '\\x00' FROM generate_series(1, 5) n`,
  deliveries: `INSERT INTO webhook_delivery (endpoint_id, event_id, lane, type, body, state, attempts, last_status, created_at,
      settled_at)
    SELECT ${endpoint('(1 + n % 5)')}, id, coalesce(user_id, ''), type, repeat('x', 300),
      CASE WHEN n <= 40 THEN 'pending' WHEN n % 5000 < 5 THEN 'failed' ELSE 'delivered' END, 1, 200, at, at
    FROM (SELECT *, row_number() OVER (ORDER BY at DESC) AS n FROM (
      SELECT id, user_id, type, at FROM audit_event WHERE at > now() - interval '14 days' ORDER BY at DESC LIMIT 500000) e) e
    ORDER BY at`,
  lanes: `INSERT INTO webhook_lane (endpoint_id, name, pending, next_try_at)
    SELECT DISTINCT endpoint_id, lane, 1, now() FROM webhook_delivery WHERE state = 'pending'`,
  jobs: `INSERT INTO bulk_job (id, act, selection, state, total, done, actor_kind, principal, created_at, finished_at)
    SELECT 'job_' || lpad(n::text, 26, '0'), 'identities.refresh', '{"ids": ["${busy.identity}"]}', 'done', 100, 100, 'person', '${operator}',
      now() - n * interval '1 hour', now() FROM generate_series(1, 60000) n`,
  'items of a job': `INSERT INTO bulk_item (job_id, target, user_id, state, outcome)
    SELECT 'job_' || lpad('1', 26, '0'), id, user_id, CASE WHEN right(id, 4) = '7777' THEN 'failed' ELSE 'done' END, 'refreshed'
    FROM identity LIMIT 100000`,
  'admins and tokens': `WITH made AS (UPDATE "user" SET roles = '{operator}' WHERE id IN (
      SELECT id FROM "user" ORDER BY id OFFSET 1 LIMIT 20) RETURNING id)
    INSERT INTO admin_token (id, secret_hash, name, role, made_by, expires_at)
    SELECT 'adt_' || id, id, 'token', 'operator', id, now() + interval '30 days' FROM made`,
  approvals: `INSERT INTO admin_approval (id, operation, principal, actor_kind, state, created_at, expires_at)
    SELECT 'apv_' || lpad(n::text, 26, '0'), 'POST /tokens', '${operator}', 'person', 'approved', now() - n * interval '1 hour', now()
    FROM generate_series(1, 2000) n`,
};
