import type pg from 'pg';
import type { DeadReason } from '../connectors/contract/failures.ts';
import { createCache } from '../kit/cache.ts';
import { minutes, systemClock } from '../kit/clock.ts';
import { isForeignKeyViolation, type PrismaClient } from '../kit/database/database.ts';
import { askedReason } from './asked.ts';

/** Notes refusals and failures in an entry. Each method is one atomic act. */
export interface EntryFailures {
  /** Returns false if the entry has another version: the provider refused a set that is not stored any more. */
  markDead(identityId: string, version: number, death: GrantDeath): Promise<boolean>;
  /** Marks a living entry, whatever its version. Its token set stays. Returns false if the entry is not active. */
  markAsked(identityId: string): Promise<boolean>;
  /** Does nothing if the entry has another version. */
  markFailed(identityId: string, version: number, failure: GrantFailure): Promise<void>;
  /**
   * Makes refused entries active and unverified after a change of their connection, and returns their number. It takes
   * entries whose client is unknown, that were refused with a bare 401 or for days, or whose ID token named another issuer
   * or client: the cause may have been the connection.
   */
  retryRefused(connectionId: string): Promise<number>;
  /** Notes that a person has signed in with this client id. */
  proveClient(connectionId: string, clientId: string): Promise<void>;
  isClientProven(connectionId: string, clientId: string): Promise<boolean>;
}

export interface GrantDeath {
  readonly reason: DeadReason;
  readonly error: string;
  /** The provider's words, for admins. */
  readonly words?: string;
}

export interface GrantFailure {
  readonly error: string;
  readonly retryAt: Date;
  /** Whether the provider may have rotated the stored tokens. */
  readonly inDoubt: boolean;
  /** Whether an answer came, so that the journal is closed. */
  readonly answered: boolean;
  /** Set: the provider refused at this time in these words; undefined: it was another failure. */
  readonly refused: { readonly at: Date; readonly words: string } | undefined;
}

/** The errors that a wrong registration may have caused: a 401 without a body, and the ID token of another client. */
const byRegistration = ['grant-dead:http_401', 'id_token:another_iss', 'id_token:another_aud'];

/** Clients that this process has noted lately. A failover may have lost the row, so it is written again after that time. */
const noted = { max: 1_000, expiry: { ttl: minutes(10), clock: systemClock } };

const proveQuery = {
  name: 'client-prove',
  text: 'INSERT INTO proven_client (connection_id, client_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
};

export function createFailureStore(pool: pg.Pool, prisma: PrismaClient): EntryFailures {
  const proven = createCache<true>(noted);
  return {
    async markDead(identityId, version, { reason, error, words = '' }) {
      // SQL: the journal is closed in the same statement, since here the version stays and the row would still count.
      const { rowCount } = await pool.query(
        `WITH died AS (UPDATE vault_entry SET state = 'reauthorization_required', state_reason = $3, state_since = now(),
           last_error = $4, last_error_at = now(), retry_at = NULL, refused_words = COALESCE(NULLIF($5, ''), refused_words)
         WHERE identity_id = $1 AND version = $2 AND state = 'active' RETURNING identity_id),
         closed AS (DELETE FROM refresh_intent WHERE version <= $2 AND identity_id IN (SELECT identity_id FROM died))
         SELECT FROM died`,
        [identityId, version, reason, error, words],
      );
      return (rowCount ?? 0) > 0;
    },
    async markAsked(identityId) {
      // SQL: the database's clock, like `markDead`. The journal stays open, since a refresh may be under way.
      const { rowCount } = await pool.query(
        `UPDATE vault_entry SET state = 'reauthorization_required', state_reason = $2, state_since = now(), retry_at = NULL
         WHERE identity_id = $1 AND state = 'active'`,
        [identityId, askedReason],
      );
      return (rowCount ?? 0) > 0;
    },
    async markFailed(identityId, version, { error, retryAt, inDoubt, answered, refused }) {
      // SQL: the new values depend on the stored ones, and the journal is closed in the same statement.
      await pool.query(
        `WITH failed AS (UPDATE vault_entry SET last_error = $3, last_error_at = now(), retry_at = $4,
           failures = failures + 1, in_doubt = in_doubt OR $5,
           refused_since = CASE WHEN $7::timestamptz IS NULL THEN refused_since ELSE COALESCE(refused_since, $7) END,
           refusals = refusals + ($7::timestamptz IS NOT NULL)::int,
           refused_words = CASE WHEN $7::timestamptz IS NULL THEN refused_words ELSE $8 END
         WHERE identity_id = $1 AND version = $2 RETURNING identity_id)
         DELETE FROM refresh_intent WHERE $6 AND version = $2 AND identity_id IN (SELECT identity_id FROM failed)`,
        [identityId, version, error, retryAt, inDoubt, answered, refused?.at ?? null, refused?.words ?? null],
      );
    },
    async retryRefused(connectionId) {
      // SQL: one statement over all entries of the connection, with the database's clock like `markDead`.
      const { rowCount } = await pool.query(
        `UPDATE vault_entry SET state = 'active', state_reason = NULL, state_since = now(), unverified = true,
           retry_at = NULL, last_error = NULL, failures = 0, refused_since = NULL, refusals = 0
         WHERE connection_id = $1 AND state = 'reauthorization_required' AND state_reason = 'rejected'
           AND (client_id IS NULL OR last_error = ANY($2) OR refusals > 1)`,
        [connectionId, byRegistration],
      );
      return rowCount ?? 0;
    },
    async proveClient(connectionId, clientId) {
      const key = `${connectionId} ${clientId}`;
      if (proven.has(key)) return;
      try {
        await pool.query({ ...proveQuery, values: [connectionId, clientId] });
        proven.set(key, true);
      } catch (error) {
        // The connection has just been removed.
        if (!isForeignKeyViolation(error)) throw error;
      }
    },
    async isClientProven(connectionId, clientId) {
      return (await prisma.provenClient.count({ where: { connectionId, clientId } })) > 0;
    },
  };
}
