import type pg from 'pg';

// A database as large as an operator's, filled by statements of the server alone. Each part seeds the tables of one
// subject: people and their accounts here. Parts about events go into files of their own beside this one.

/** The connections of the seeded database, with their share of the accounts in percent. */
export const seededConnections = [
  ['google', 'google', 40],
  ['wechat', 'wechat-web', 20],
  ['github', 'github', 15],
  ['facebook', 'facebook', 10],
  ['microsoft', 'microsoft', 10],
  ['feishu', 'feishu', 5],
] as const;

/** Indexes that are built after the rows, as a restored dump does. Their time is what an upgrade takes. */
const lateIndexes = ['user_name_grams_idx', 'identity_name_grams_idx', 'identity_email_grams_idx'];

/** Returns a statement with the identity's number `n` from 1 to `$1`, of which some are of one person. */
export const person = (n: string) => `'usr_' || lpad((${n} - (${n} % 5 = 0)::int)::text, 26, '0')`;
/** SQL for the alias of the connection of account number `n`. */
export const aliasOf = (n: string) => {
  let upTo = 0;
  const cases = seededConnections.map(([alias, , share]) => {
    upTo += share;
    return `WHEN (${n} * 37) % 100 < ${upTo} THEN '${alias}'`;
  });
  return `CASE ${cases.join(' ')} END`;
};
const name = `CASE WHEN n % 2 = 0 THEN
    substr('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗', 1 + (n * 7 / 2) % 20, 1) ||
    substr('小明伟芳娜敏静丽强磊军洋勇艳杰娟涛超霞平刚桂英华玉兰秀珍', 1 + (n * 13 / 2) % 29, 1) ||
    CASE WHEN n % 3 = 0 THEN '' ELSE chr(19968 + (n * 31) % 6000) END
  ELSE (ARRAY['Ada','Ben','Chloé','Dmitri','Elif','Farah','Gunnar','Hana','Ines','Jonas'])[1 + n % 10] || ' ' ||
    initcap(substr(md5(n::text), 1, 4)) || (ARRAY['son','berg','ova','etti','wicz','mann'])[1 + n % 6] END`;

/** SQL: not one of the people that were there before. */
const isSeeded = `id LIKE 'idn\\_0000000%'`;

/** Runs a statement, and says how long the step took. */
export type Timed = (step: string, text: string, values?: readonly unknown[]) => Promise<void>;

/** Fills people, accounts, token sets and uses. */
export async function seedPeople(
  pool: pg.Pool,
  identities: number,
  timed: Timed,
  keyId = 'k1',
): Promise<void> {
  const { rows: late } = await pool.query<{ name: string; made: string }>(
    'SELECT indexname AS name, indexdef AS made FROM pg_indexes WHERE indexname = ANY ($1)',
    [lateIndexes],
  );
  for (const index of late) await pool.query(`DROP INDEX "${index.name}"`);

  for (const [alias, provider] of seededConnections)
    await pool.query(
      `INSERT INTO connection (id, alias, provider, client_id, scopes) VALUES ($1, $2, $3, 'client', '{}')`,
      [`con_${alias}`, alias, provider],
    );
  const connection = `'con_' || ${aliasOf('n')}`;

  await timed(
    'people',
    `INSERT INTO "user" (id, name, created_at, last_login_at, disabled_at)
     SELECT 'usr_' || lpad(n::text, 26, '0'), ${name}, now() - (($1::int - n) % 900) * interval '1 day' - n * interval '1 millisecond',
       CASE WHEN n % 11 <> 0 THEN now() - (n * 17 % 400) * interval '1 hour' END, CASE WHEN n % 997 = 0 THEN now() END
     FROM generate_series(1, $1::int) n WHERE n % 5 <> 0`,
    [identities],
  );
  await timed(
    'accounts',
    `INSERT INTO identity (id, user_id, connection_id, issuer, subject, alternates, name, email, linked_at)
     SELECT 'idn_' || lpad(n::text, 26, '0'), ${person('n')}, ${connection}, 'https://issuer.example', md5('s' || n),
       CASE WHEN n % 5 = 1 THEN jsonb_build_object('unionid', md5('u' || n)) ELSE '{}' END, ${name},
       CASE WHEN n % 4 <> 0 THEN 'person.' || substr(md5('m' || n), 1, 6) || '@mail' || n % 50 || '.example' END,
       now() - ($1::int - n) * interval '47 seconds'
     FROM generate_series(1, $1::int) n`,
    [identities],
  );
  // Of a hundred: three dead, one ended here, two without a refresh token and past their end, one failing, five with an end.
  await timed(
    'token sets',
    `INSERT INTO vault_entry (identity_id, connection_id, ciphertext, wrapped_key, key_id, granted_scopes, refreshable, state,
       state_reason, state_since, access_expires_at, refresh_expires_at, absolute_cap_at, ends_at, failures, deposited_at,
       last_refreshed_at, last_used_at, client_id, origins, described_version, retry_at)
     SELECT id, connection_id, decode(repeat(md5(n::text), 20), 'hex'), decode(repeat(md5(id), 4), 'hex'), '${keyId}', '{openid,mail}',
       kind NOT IN (4, 5), CASE WHEN kind < 3 THEN 'reauthorization_required' WHEN kind = 3 THEN 'revoked' ELSE 'active' END,
       CASE WHEN kind < 3 THEN (ARRAY['rejected','expired','password_changed','revoked_at_provider'])[1 + n / 100 % 4]
         WHEN kind = 3 THEN 'revoked_by_user' END,
       now() - (n * 13 % 200000) * interval '1 minute', access_at, end_at, NULL,
       LEAST(end_at, CASE WHEN kind IN (4, 5) OR connection_id = 'con_facebook' THEN access_at END),
       (kind = 6)::int, linked_at, now() - (n % 60) * interval '1 minute',
       CASE WHEN n % 9 <> 0 THEN now() - (n * 7 % 90) * interval '1 day' END, 'client', '', 1,
       now() + interval '1 day'
     FROM (SELECT *, right(id, 9)::int AS n, right(id, 9)::int * 71 % 100 AS kind,
         CASE WHEN right(id, 9)::int * 71 % 100 IN (4, 5) THEN now() - (right(id, 9)::int % 400) * interval '1 hour'
           ELSE now() + (right(id, 9)::int % 55 + 1) * interval '1 hour' END AS access_at,
         CASE WHEN right(id, 9)::int * 71 % 100 BETWEEN 7 AND 11 THEN now() + (right(id, 9)::int % 4000 + 1) * interval '1 hour' END AS end_at
       FROM identity WHERE ${isSeeded}) i`,
  );
  await timed(
    'uses',
    `INSERT INTO app_use (identity_id, app_id, user_id, connection_id, first_at, last_at, times)
     SELECT i.id, a.id, i.user_id, i.connection_id, i.linked_at, now() - (right(i.id, 9)::int * 11 % 300000) * interval '1 minute', a.n
     FROM (SELECT * FROM identity WHERE ${isSeeded}) i JOIN (VALUES ('app_notes', 2), ('app_calendar', 7), ('app_rare', 5000)) AS a (id, n) ON right(i.id, 9)::int % a.n = 0`,
  );
  for (const index of late) await timed(index.name, index.made);
  await timed('vacuum', 'VACUUM ANALYZE');
}
