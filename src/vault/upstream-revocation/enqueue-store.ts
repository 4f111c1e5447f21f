import type pg from 'pg';
import type { PrismaClient, Transaction } from '../../kit/database/database.ts';
import { newId } from '../../kit/ids.ts';
import type { Sealed } from '../../kit/keys/keyring.ts';
import type { GrantHolder } from './queued-revocation.ts';

/** Moves token sets from the vault's entries to the queue. The sealed bytes move unchanged, so no key is needed. */
export interface EnqueueStore {
  /** Runs in the transaction that removes the identities. Returns how many entries held a token set. */
  enqueue(transaction: Transaction, holders: readonly GrantHolder[], now: Date): Promise<number>;
  /** Returns how many entries of a connection hold tokens. */
  countHeld(transaction: Transaction, connectionId: string): Promise<number>;
  /** Empties the entry of an identity that stays linked. Returns the version that was moved, if any. */
  enqueueLinked(holder: GrantHolder, now: Date): Promise<number | undefined>;
  /**
   * Returns the identities whose entry holds the ended version again, or an older one that was stored before the end.
   */
  heldAgain(ended: ReadonlyMap<string, EndedGrant>): Promise<readonly string[]>;
  /** Queues a token set that arrived after its entry was removed. */
  enqueueTokens(holder: Omit<GrantHolder, 'subject' | 'issuer'>, tokens: SealedSet, now: Date): Promise<void>;
}

/** The version that was moved to the queue, and when. */
export interface EndedGrant {
  readonly version: number;
  readonly at: Date;
}

/** `version`: part of the context that opens the set. */
interface SealedSet extends Sealed {
  readonly version: number;
  readonly accessExpiresAt: Date | null;
  readonly clientId: string;
}

export function createEnqueueStore({ prisma, pool }: { prisma: PrismaClient; pool: pg.Pool }): EnqueueStore {
  return {
    async enqueue(transaction, holders, now) {
      const column = (value: (holder: GrantHolder) => string) => holders.map(value);
      // A revoked entry has an empty ciphertext, and there is nothing to revoke.
      // One statement moves a row, so no reader sees it in both places or in none. A concurrent refresh saves either
      // before it, and its set moves too, or after it, and finds no entry.
      return await transaction.$executeRaw`
        WITH holder AS (
          SELECT * FROM unnest(${holders.map(() => newId('dep'))}::text[], ${column((one) => one.identityId)}::text[],
            ${column((one) => one.userId)}::text[], ${column((one) => one.connectionId)}::text[],
            ${column((one) => one.connection?.alias ?? '')}::text[],
            ${column((one) => one.connection?.provider ?? '')}::text[], ${column((one) => one.subject)}::text[],
            ${column((one) => one.issuer)}::text[])
            AS asked (id, identity_id, user_id, connection_id, connection, provider, subject, issuer)),
        gone AS (
          DELETE FROM vault_entry WHERE identity_id = ANY(${column((one) => one.identityId)}::text[])
          RETURNING identity_id, ciphertext, wrapped_key, key_id, version, access_expires_at, client_id)
        INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, subject, issuer, ciphertext,
          wrapped_key, key_id, version, access_expires_at, client_id, next_at, created_at)
        SELECT holder.id, identity_id, user_id, connection_id, connection, provider, subject, issuer, ciphertext,
          wrapped_key, key_id, version, access_expires_at, client_id, ${now}, ${now}
        FROM gone JOIN holder USING (identity_id) WHERE ciphertext <> ''`;
    },

    async countHeld(transaction, connectionId) {
      const rows = await transaction.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int FROM vault_entry WHERE connection_id = ${connectionId} AND ciphertext <> ''`;
      return rows[0]?.count ?? 0;
    },

    enqueueLinked: ({ identityId, userId, connectionId, connection, subject, issuer }, now) =>
      prisma.$transaction(async (transaction) => {
        const moved = await transaction.$queryRaw<{ version: number }[]>`
          INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, subject, issuer, ciphertext,
            wrapped_key, key_id, version, access_expires_at, client_id, next_at, created_at)
          SELECT ${newId('dep')}, identity_id, ${userId}, ${connectionId}, ${connection?.alias ?? ''},
            ${connection?.provider ?? ''}, ${subject}, ${issuer}, ciphertext, wrapped_key, key_id, version, access_expires_at,
            client_id, ${now}, ${now}
          FROM vault_entry WHERE identity_id = ${identityId} AND ciphertext <> '' FOR UPDATE
          RETURNING version`;
        await transaction.$executeRaw`
          UPDATE vault_entry SET state = 'revoked', state_reason = 'revoked_by_user', state_since = ${now},
            retry_at = NULL, ciphertext = '', wrapped_key = '', refreshable = false, version = version + 1,
            ends_at = NULL, origins = '', described_version = version + 1
          WHERE identity_id = ${identityId} AND state <> 'revoked'`;
        await transaction.$executeRaw`DELETE FROM refresh_intent WHERE identity_id = ${identityId}`;
        return moved[0]?.version;
      }),

    async heldAgain(ended) {
      const ofAll = <Value>(of: (one: EndedGrant) => Value) => [...ended.values()].map(of);
      const { rows } = await pool.query<{ identity_id: string }>(
        `SELECT identity_id FROM vault_entry JOIN unnest($1::text[], $2::int[], $3::timestamptz[])
           AS gone (identity_id, gone_version, gone_at) USING (identity_id)
         WHERE version <= gone_version AND deposited_at <= gone_at AND state <> 'revoked'`,
        [[...ended.keys()], ofAll(({ version }) => version), ofAll(({ at }) => at)],
      );
      return rows.map(({ identity_id: identityId }) => identityId);
    },

    async enqueueTokens({ identityId, userId, connectionId, connection }, sealed, now) {
      const { ciphertext, wrappedKey, keyId, version, accessExpiresAt, clientId } = sealed;
      const names = [
        newId('dep'),
        identityId,
        userId,
        connectionId,
        connection?.alias ?? '',
        connection?.provider ?? '',
      ];
      // The subject is in an earlier row of the same identity, since its row is gone.
      await pool.query(
        `INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, subject, ciphertext,
           wrapped_key, key_id, version, access_expires_at, client_id, next_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6,
           (SELECT subject FROM departure WHERE identity_id = $2 AND subject IS NOT NULL LIMIT 1),
           $7, $8, $9, $10, $11, $13, $12, $12)`,
        [...names, ciphertext, wrappedKey, keyId, version, accessExpiresAt, now, clientId],
      );
    },
  };
}
