import type pg from 'pg';
import type { Save } from './entry.ts';
import { tokenValues } from './entry-store.ts';

/** A token set as it was saved by this process. */
export interface SavedSet {
  /** Of the entry, with this set in it. */
  readonly version: number;
  readonly save: Pick<Save, 'tokens' | 'now' | 'by' | 'revives' | 'dead'>;
}

/** For a database that has lost its last commits: what was saved, and is not there. */
export interface SavesStore {
  /** Of those that are there. */
  versionsOf(identityIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Writes a set again. False: the entry is gone, revoked, or something was saved in it later than this. */
  putBack(identityId: string, set: SavedSet): Promise<boolean>;
  /** The provider may have rotated what is held: a refusal of it is then a rotation lost, and not a rejection. */
  doubt(identityIds: readonly string[]): Promise<number>;
  /** The same for what apps use and should have been refreshed by now, as another process may have done. */
  doubtDue(): Promise<number>;
}

// Versions that were lost may be given again to other sets, so the moment decides too: of the later one nothing is
// overwritten. The sealed bytes open for their version only. An entry marked unverified stays so.
const putBack = `WITH saved AS (UPDATE vault_entry SET ciphertext = $2, wrapped_key = $3, key_id = $4, granted_scopes = $5,
    refreshable = $6, access_expires_at = $7, refresh_expires_at = $8, absolute_cap_at = $9, version = $10,
    state_since = CASE WHEN state = 'active' AND $15::text IS NULL THEN state_since ELSE now() END,
    state = CASE WHEN $15::text IS NULL THEN 'active' ELSE 'reauthorization_required' END, state_reason = $15,
    last_refreshed_at = CASE WHEN $12 THEN $11 ELSE last_refreshed_at END,
    deposited_at = CASE WHEN $17 THEN $11 ELSE deposited_at END, unverified = unverified OR $18,
    last_error = $16, last_error_at = CASE WHEN $16::text IS NOT NULL THEN now() END, retry_at = NULL, failures = 0,
    in_doubt = false, refused_since = NULL, refusals = 0, refused_words = NULL, client_id = COALESCE($14, client_id)
  WHERE identity_id = $1 AND version < $10 AND GREATEST(deposited_at, last_refreshed_at) <= $11
    AND (state = 'active' OR ($13 AND state = 'reauthorization_required')) RETURNING identity_id),
  closed AS (DELETE FROM refresh_intent WHERE version < $10 AND identity_id IN (SELECT identity_id FROM saved))
  SELECT FROM saved`;

export function createSavesStore(pool: pg.Pool): SavesStore {
  return {
    async versionsOf(identityIds) {
      const text = 'SELECT identity_id AS id, version FROM vault_entry WHERE identity_id = ANY($1)';
      const { rows } = await pool.query<{ id: string; version: number }>(text, [identityIds]);
      return new Map(rows.map(({ id, version }) => [id, version]));
    },
    async putBack(identityId, { version, save: { tokens, now, by, revives, dead } }) {
      const values = [
        identityId,
        ...tokenValues(tokens),
        version,
        now,
        by === 'refresh',
        revives,
        ...[tokens.clientId, dead?.reason, dead?.error, by === 'deposit', by === 'parting'],
      ];
      return (await pool.query(putBack, values)).rowCount === 1;
    },
    async doubt(identityIds) {
      const text = `UPDATE vault_entry SET in_doubt = true WHERE identity_id = ANY($1) AND state = 'active'`;
      return (await pool.query(text, [identityIds])).rowCount ?? 0;
    },
    async doubtDue() {
      const text = `UPDATE vault_entry SET in_doubt = true WHERE state = 'active' AND refreshable AND NOT in_doubt
        AND access_expires_at < now() + interval '10 minutes' AND last_used_at > now() - interval '7 days'`;
      return (await pool.query(text)).rowCount ?? 0;
    },
  };
}
