import type pg from 'pg';

/** The rows of each large table. */
export const rows = 20_000;

const id = (prefix: string) => `'${prefix}_' || lpad(n::text, 26, '0')`;
const each = `FROM generate_series(1, ${rows}) AS n`;

/** Fills the tables that grow with people and their use, by statements of the server. */
export async function seedRows(pool: pg.Pool): Promise<void> {
  const statements = [
    `INSERT INTO connection (id, alias, provider, client_id, scopes) VALUES ('con_large', 'large', 'github', 'client', '{}')`,
    `INSERT INTO app (id, name, type, redirect_uris, post_logout_redirect_uris, apis) VALUES ('app_one', 'One', 'web', '{}', '{}', '{}')`,
    `INSERT INTO "user" (id, name, created_at, last_login_at, disabled_at)
     SELECT ${id('usr')}, CASE WHEN n % 100 = 0 THEN 'Person ' || n END, now() - n * interval '1 minute', now() - n * interval '1 minute',
       CASE WHEN n % 500 = 0 THEN now() END ${each}`,
    `INSERT INTO identity (id, user_id, connection_id, issuer, subject, email, linked_at)
     SELECT ${id('idn')}, ${id('usr')}, 'con_large', 'https://large.test', n::text,
       CASE WHEN n % 100 = 0 THEN 'person' || n || '@mail.test' END, now() - n * interval '1 minute' ${each}`,
    // Of a hundred: one dead, one failing, five with an end ahead of which most are announced.
    `INSERT INTO vault_entry (identity_id, connection_id, ciphertext, wrapped_key, key_id, granted_scopes, refreshable, state, state_reason,
       failures, access_expires_at, refresh_expires_at, ends_at, end_announced_at, last_used_at, described_version)
     SELECT ${id('idn')}, 'con_large', '\\x00', '\\x00', 'test', '{}', true,
       CASE WHEN n % 100 = 0 THEN 'reauthorization_required' ELSE 'active' END, CASE WHEN n % 100 = 0 THEN 'rejected' END,
       (n % 100 = 1)::int, now() - n * interval '1 minute', ends, ends, CASE WHEN n % 10 > 0 THEN now() END,
       now() - n * interval '1 hour', 1
     FROM (SELECT n, CASE WHEN n % 20 = 7 THEN now() + n % 90 * interval '1 day' END AS ends ${each}) AS made`,
    `INSERT INTO app_use (identity_id, app_id, user_id, connection_id, first_at, last_at, times)
     SELECT ${id('idn')}, 'app_one', ${id('usr')}, 'con_large', now(), now() - n * interval '1 minute', 1 ${each}`,
    `INSERT INTO artifact (kind, id_hash, payload, uid, grant_id, account_id, client_id, expires_at)
     SELECT 'Session', md5(n::text), '{}', md5('u' || n), md5('g' || n), ${id('usr')}, 'app_one', now() + n * interval '1 minute' ${each}`,
    `INSERT INTO session_origin (session_uid, user_id, connection_id, identity_id, at, last_seen_at)
     SELECT md5('u' || n), ${id('usr')}, 'con_large', ${id('idn')}, now() - n * interval '1 minute', now() ${each}`,
    `INSERT INTO revocation (kind, value, until) SELECT 'token', md5(n::text), now() + n * interval '1 minute' ${each}`,
    // The position of the readers of the feed is after them.
    `INSERT INTO audit_event (id, at, type, user_id, app_id, connection, identity_id, actor_kind, actor_id, tx)
     SELECT 'evt_01k' || lpad(n::text, 23, '0'), now() - n * interval '1 second', CASE WHEN n % 50 = 0 THEN 'token.refused' ELSE 'token.retrieved' END,
       ${id('usr')}, 'app_one', 'large', ${id('idn')}, 'app', 'app_one', '3'::xid8 ${each}`,
    `UPDATE usage_cursor SET tx = pg_current_xact_id()::text, event_id = 'evt_', through = now()`,
    'VACUUM ANALYZE',
  ];
  for (const text of statements) await pool.query(text);
}
