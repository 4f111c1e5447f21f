import type pg from 'pg';

// The vault journals each refresh before it calls the provider. A trigger records which process wrote the
// row, so that a rotation whose answer was lost is attributed to the process that was killed, and to no
// other.

export interface WrittenIntent {
  readonly identityId: string;
  readonly label: string;
  readonly at: Date;
}

export async function installIntentJournal(pool: pg.Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE chaos_intent (identity_id text, label text, at timestamptz);
    GRANT INSERT ON chaos_intent TO broker;
    CREATE FUNCTION chaos_note_intent() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO chaos_intent VALUES (NEW.identity_id, current_setting('application_name'), clock_timestamp());
        RETURN NEW;
      END $$;
    CREATE TRIGGER chaos_note_intent AFTER INSERT OR UPDATE ON refresh_intent
      FOR EACH ROW EXECUTE FUNCTION chaos_note_intent();`);
}

export async function readIntentJournal(pool: pg.Pool): Promise<readonly WrittenIntent[]> {
  const text = 'SELECT identity_id AS "identityId", label, at FROM chaos_intent ORDER BY at';
  return (await pool.query<WrittenIntent>(text)).rows;
}
