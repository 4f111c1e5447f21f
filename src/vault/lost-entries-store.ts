import type pg from 'pg';
import type { AuditEventAppender } from '../kit/events/event-store.ts';
import { newId } from '../kit/ids.ts';
import type { LostRows } from '../kit/keys/lost-rows.ts';

/** The owners of identities, for the events. */
export type OwnersOf = (
  identityIds: readonly string[],
) => Promise<ReadonlyMap<string, { readonly userId: string; readonly connection: string }>>;

export interface LostEntriesDeps {
  readonly pool: pg.Pool;
  /** The key whose name the empty rows bear from now on. */
  readonly currentKeyId: string;
  readonly ownersOf: OwnersOf;
  readonly append: AuditEventAppender;
  readonly cause: Pick<
    Parameters<AuditEventAppender>[0][number],
    'requestId' | 'actorKind' | 'actorId' | 'address'
  >;
}

const batchSize = 500;

// SQL: one statement for a batch. A refresh in progress loses by version. An entry that had ended keeps its reason.
const giveUp = `WITH lost AS (
    SELECT identity_id, state FROM vault_entry WHERE key_id = ANY($1) ORDER BY identity_id LIMIT $3 FOR UPDATE
  ), closed AS (DELETE FROM refresh_intent WHERE identity_id IN (SELECT identity_id FROM lost))
  UPDATE vault_entry e SET ciphertext = '', wrapped_key = '', key_id = $2, version = e.version + 1, refreshable = false,
    ends_at = NULL, origins = '', described_version = e.version + 1, retry_at = NULL, in_doubt = false, unverified = false, failures = 0, refusals = 0, refused_since = NULL,
    refused_words = NULL,
    state = CASE WHEN e.state = 'active' THEN 'reauthorization_required' ELSE e.state END,
    state_reason = CASE WHEN e.state = 'active' THEN 'key_lost' ELSE e.state_reason END,
    state_since = CASE WHEN e.state = 'active' THEN now() ELSE e.state_since END,
    last_error = CASE WHEN e.state = 'active' THEN 'key_lost' ELSE e.last_error END,
    last_error_at = CASE WHEN e.state = 'active' THEN now() ELSE e.last_error_at END
  FROM lost WHERE e.identity_id = lost.identity_id
  RETURNING e.identity_id AS id, lost.state = 'active' AS ended`;

/** The token sets of a lost key. Their identities stay, and their people have to authorise again. */
export function createLostEntries(deps: LostEntriesDeps): LostRows {
  const { pool, currentKeyId, ownersOf, append, cause } = deps;
  return {
    name: 'vault entries',
    consequence: 'their people have to authorise again (`key_lost`); accounts, links and consents stay',
    async *giveUp(keyIds) {
      for (;;) {
        const { rows } = await pool.query<{ id: string; ended: boolean }>(giveUp, [
          keyIds,
          currentKeyId,
          batchSize,
        ]);
        if (rows.length === 0) return;
        const ended = rows.filter((row) => row.ended).map(({ id }) => id);
        const owners = await ownersOf(ended);
        await append(
          ended.map((identityId) => ({
            id: newId('evt'),
            age: 0,
            type: 'token.reauthorization_required' as const,
            identityId,
            ...owners.get(identityId),
            ...cause,
            detail: { reason: 'key_lost' },
          })),
        );
        yield rows.length;
      }
    },
  };
}
