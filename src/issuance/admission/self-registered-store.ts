import type { Database, Transaction } from '../../kit/database/database.ts';
import type { App, Registration } from '../registry/app.ts';
import { notifyRegistrationChange } from '../registry/registration-channel.ts';

/** The moments and lists of apps that registered themselves, beside what the registry keeps of each app. */
export interface SelfRegisteredStore {
  /** Stores until when the document that was read now is trusted. It is no change of the app. */
  keepFresh(id: string, readAt: Date, until: Date): Promise<void>;
  noteUse(id: string, at: Date): Promise<void>;
  /** Returns the apps that are not switched off, with what the rules look at. */
  all(transaction: Transaction): Promise<readonly SelfRegistered[]>;
  /** Deletes the apps that came before, and that no person has used or allowed. Returns their ids. */
  deleteUnused(before: Readonly<Record<Registration, Date>>): Promise<readonly string[]>;
}

export type SelfRegistered = Pick<App, 'id' | 'registration' | 'domain' | 'redirectUris'>;

export function createSelfRegisteredStore({ pool }: Database): SelfRegisteredStore {
  return {
    async keepFresh(id, readAt, until) {
      await pool.query('UPDATE app SET document_read_at = $2, document_fresh_until = $3 WHERE id = $1', [
        id,
        readAt,
        until,
      ]);
    },
    async noteUse(id, at) {
      await pool.query('UPDATE app SET last_used_at = $2 WHERE id = $1 AND registration IS NOT NULL', [
        id,
        at,
      ]);
    },
    async all(transaction) {
      return await transaction.$queryRaw<SelfRegistered[]>`
        SELECT id, registration, domain, redirect_uris AS "redirectUris" FROM app
          WHERE registration IS NOT NULL AND enabled ORDER BY id`;
    },
    async deleteUnused(before) {
      const { rows } = await pool.query<{ id: string }>(unused, [before.document, before.dynamic]);
      if (rows.length > 0) await notifyRegistrationChange(pool);
      return rows.map(({ id }) => id);
    },
  };
}

// A blocked app stays, so that it does not come back.
const unused = `DELETE FROM app WHERE enabled AND last_used_at IS NULL
  AND created_at < CASE registration WHEN 'document' THEN $1::timestamptz WHEN 'dynamic' THEN $2::timestamptz END
  AND NOT EXISTS (SELECT FROM consent WHERE app_id = app.id) RETURNING id`;
