import type pg from 'pg';
import type { Leaver } from '../../identities/leaver.ts';
import type { PrismaClient, Transaction } from '../../kit/database/database.ts';
import { newId } from '../../kit/ids.ts';
import type { Sealed } from '../../kit/keys/keyring.ts';

/** How entries become departures: their sealed bytes move as they are, so that no key is needed for it. */
export interface LeavingStore {
  /** Within the transaction that removes the identities. Answers how many entries held something. */
  depart(transaction: Transaction, leavers: readonly Leaver[], now: Date): Promise<number>;
  /** For an identity that stays: an empty entry is left that says so. Returns the version that left, if any. */
  departFrom(leaver: Leaver, now: Date): Promise<number | undefined>;
  /** Returns those of these identities that hold the version that left, or an older one, given before it left. */
  back(left: ReadonlyMap<string, Left>): Promise<readonly string[]>;
  /** For a token set that came when its entry had left already. */
  followUp(leaver: Omit<Leaver, 'subject'>, tokens: SealedSet, now: Date): Promise<void>;
  /** Keeps how to reach the provider of a connection that goes. */
  keepConnection(kept: KeptConnection, transaction?: Transaction): Promise<void>;
  keptConnection(connectionId: string): Promise<Uint8Array | undefined>;
  /** Shreds what no departure needs any longer. */
  dropConnections(): Promise<void>;
}

/** A grant that was ended. */
export interface Left {
  readonly version: number;
  readonly at: Date;
}

interface SealedSet extends Sealed {
  readonly version: number;
  readonly accessExpiresAt: Date | null;
  readonly clientId: string;
}

export interface KeptConnection {
  readonly connectionId: string;
  readonly sealed: Uint8Array<ArrayBuffer>;
  readonly removedAt: Date;
}

export function createLeavingStore({ prisma, pool }: { prisma: PrismaClient; pool: pg.Pool }): LeavingStore {
  return {
    async depart(transaction, leavers, now) {
      const column = (value: (leaver: Leaver) => string) => leavers.map(value);
      // One statement moves a row, so that there is no moment at which it is in both places or in none; a refresh that
      // saves at the same time is either before it and taken along, or after it and finds no entry.
      return await transaction.$executeRaw`
        WITH leaving AS (
          SELECT * FROM unnest(${leavers.map(() => newId('dep'))}::text[], ${column((l) => l.identityId)}::text[],
            ${column((l) => l.userId)}::text[], ${column((l) => l.connectionId)}::text[],
            ${column((l) => l.connection?.alias ?? '')}::text[],
            ${column((l) => l.connection?.provider ?? '')}::text[], ${column((l) => l.subject)}::text[])
            AS leaver (id, identity_id, user_id, connection_id, connection, provider, subject)),
        gone AS (
          DELETE FROM vault_entry WHERE identity_id = ANY(${column((l) => l.identityId)}::text[])
          RETURNING identity_id, ciphertext, wrapped_key, key_id, version, access_expires_at, client_id)
        INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, subject, ciphertext,
          wrapped_key, key_id, version, access_expires_at, client_id, next_at, created_at)
        SELECT leaving.id, identity_id, user_id, connection_id, connection, provider, subject, ciphertext,
          wrapped_key, key_id, version, access_expires_at, client_id, ${now}, ${now}
        FROM gone JOIN leaving USING (identity_id) WHERE ciphertext <> ''`;
    },

    departFrom: ({ identityId, userId, connectionId, connection, subject }, now) =>
      prisma.$transaction(async (transaction) => {
        const left = await transaction.$queryRaw<{ version: number }[]>`
          INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, subject, ciphertext,
            wrapped_key, key_id, version, access_expires_at, client_id, next_at, created_at)
          SELECT ${newId('dep')}, identity_id, ${userId}, ${connectionId}, ${connection?.alias ?? ''},
            ${connection?.provider ?? ''}, ${subject}, ciphertext, wrapped_key, key_id, version, access_expires_at,
            client_id, ${now}, ${now}
          FROM vault_entry WHERE identity_id = ${identityId} AND ciphertext <> '' FOR UPDATE
          RETURNING version`;
        await transaction.$executeRaw`
          UPDATE vault_entry SET state = 'revoked', state_reason = 'revoked_by_user', state_since = ${now},
            retry_at = NULL, ciphertext = '', wrapped_key = '', refreshable = false, version = version + 1
          WHERE identity_id = ${identityId} AND state <> 'revoked'`;
        await transaction.$executeRaw`DELETE FROM refresh_intent WHERE identity_id = ${identityId}`;
        return left[0]?.version;
      }),

    async back(left) {
      const ofAll = <Value>(of: (one: Left) => Value) => [...left.values()].map(of);
      const { rows } = await pool.query<{ identity_id: string }>(
        `SELECT identity_id FROM vault_entry JOIN unnest($1::text[], $2::int[], $3::timestamptz[])
           AS gone (identity_id, gone_version, gone_at) USING (identity_id)
         WHERE version <= gone_version AND deposited_at <= gone_at AND state <> 'revoked'`,
        [[...left.keys()], ofAll(({ version }) => version), ofAll(({ at }) => at)],
      );
      return rows.map(({ identity_id: identityId }) => identityId);
    },

    async followUp({ identityId, userId, connectionId, connection }, sealed, now) {
      const { ciphertext, wrappedKey, keyId, version, accessExpiresAt, clientId } = sealed;
      const place = [
        newId('dep'),
        identityId,
        userId,
        connectionId,
        connection?.alias ?? '',
        connection?.provider ?? '',
      ];
      await pool.query(
        `INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, subject, ciphertext,
           wrapped_key, key_id, version, access_expires_at, client_id, next_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6,
           (SELECT subject FROM departure WHERE identity_id = $2 AND subject IS NOT NULL LIMIT 1),
           $7, $8, $9, $10, $11, $13, $12, $12)`,
        [...place, ciphertext, wrappedKey, keyId, version, accessExpiresAt, now, clientId],
      );
    },

    async keepConnection({ connectionId, sealed, removedAt }, transaction) {
      await (transaction ?? prisma).departedConnection.createMany({
        data: [{ connectionId, sealed, removedAt }],
        skipDuplicates: true,
      });
    },
    async keptConnection(connectionId) {
      const kept = await prisma.departedConnection.findUnique({ where: { connectionId } });
      return kept?.sealed;
    },
    async dropConnections() {
      await pool.query(
        `DELETE FROM departed_connection kept WHERE NOT EXISTS (
           SELECT FROM departure WHERE connection_id = kept.connection_id AND state = 'pending')`,
      );
    },
  };
}
