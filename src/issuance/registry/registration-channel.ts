import type pg from 'pg';

/** Where processes tell each other that an app or an API has changed. */
export const registrationChannel = 'symbolon_registration';

export async function tellOfRegistration(pool: pg.Pool): Promise<void> {
  await pool.query('SELECT pg_notify($1, $2)', [registrationChannel, '']);
}
