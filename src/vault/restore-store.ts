import type { Database } from '../kit/database/database.ts';
import type { Save } from './entry.ts';
import { closeJournal, saveData } from './entry-store.ts';

/** Restores token sets that this process has saved and that a failover of the database has lost. */
export interface RestoreStore {
  /** Returns the versions of those entries that exist. */
  versionsOf(identityIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Writes a set again. Returns false if the entry is gone or revoked, or holds a set that was saved later. */
  putBack(identityId: string, save: Save): Promise<boolean>;
  /** Notes that the provider may have rotated the stored sets: a refusal then counts as a lost rotation. */
  markInDoubt(identityIds: readonly string[]): Promise<number>;
  /** Notes the same for entries that apps use and that another process should have refreshed by now. */
  markDueInDoubt(): Promise<number>;
}

export function createRestoreStore({ pool, prisma }: Pick<Database, 'pool' | 'prisma'>): RestoreStore {
  return {
    async versionsOf(identityIds) {
      const rows = await prisma.vaultEntry.findMany({
        where: { identityId: { in: [...identityIds] } },
        select: { identityId: true, version: true },
      });
      return new Map(rows.map(({ identityId, version }) => [identityId, version]));
    },
    async putBack(identityId, save) {
      const { tokens, now, by, revives } = save;
      const [userId, connectionId, issuer, subject] = tokens.owner;
      // The database may have given the lost versions to other sets, so the time decides too: a later set stays.
      const older = {
        identityId,
        version: { lt: tokens.version },
        depositedAt: { lte: now },
        // A set that is sealed for another owner would not open.
        identity: { userId, connectionId, issuer, subject },
        OR: [{ lastRefreshedAt: null }, { lastRefreshedAt: { lte: now } }],
      };
      // A set that revives also replaces a set whose grant was found dead.
      for (const state of revives ? (['active', 'reauthorization_required'] as const) : ['active' as const]) {
        const { count } = await prisma.vaultEntry.updateMany({
          where: { ...older, state },
          // An entry that a restored backup has marked unverified stays so.
          data: { ...saveData(save, state), ...(by === 'drop' && { unverified: true }) },
        });
        if (count === 0) continue;
        await closeJournal(pool, identityId, tokens.version);
        return true;
      }
      return false;
    },
    async markInDoubt(identityIds) {
      // SQL: up to 100,000 ids are one parameter here, and more than a statement may have through Prisma.
      const text = `UPDATE vault_entry SET in_doubt = true WHERE identity_id = ANY($1) AND state = 'active'`;
      return (await pool.query(text, [identityIds])).rowCount ?? 0;
    },
    async markDueInDoubt() {
      // SQL: the database's clock says which tokens should have been refreshed.
      const text = `UPDATE vault_entry SET in_doubt = true WHERE state = 'active' AND refreshable AND NOT in_doubt
        AND access_expires_at < now() + interval '10 minutes' AND last_used_at > now() - interval '7 days'`;
      return (await pool.query(text)).rowCount ?? 0;
    },
  };
}
