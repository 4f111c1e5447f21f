import type pg from 'pg';
import { seconds } from '../../kit/clock.ts';

/** The channel by which a process tells the others that an app or an API has changed. */
export const registrationChannel = 'symbolon_registration';

export async function notifyRegistrationChange(pool: pg.Pool): Promise<void> {
  await pool.query('SELECT pg_notify($1, $2)', [registrationChannel, '']);
}

/** The options of the caches that this channel clears. The TTL limits staleness where a notification was lost. */
export const registrationCache = { max: 10_000, ttl: seconds(1) };
