import { dump, expectNoSecrets } from '../support/leaks.ts';
import type { VaultWorld } from '../support/vault-world.ts';

/** A person with accounts at several providers, and the state of their upstream revocations. */
export function revocationWorld(world: VaultWorld) {
  const { database, upstreamRevocations } = world;

  return {
    /** Signs in with the first connection and links the others. Returns the identities in that order. */
    async person(user: string, aliases: readonly string[]) {
      const [first = 'github', ...others] = aliases;
      const { userId, identityId } = await world.signIn(first, user);
      const identityIds = [identityId];
      for (const alias of others) {
        const { connection, ...arrival } = await world.arrive(alias, user);
        const linked = await world.identities.link(userId, { connection, ...arrival });
        const { tokens, account } = arrival;
        await world.vault.storeTokens({ ...linked, subject: account.subject, connection, tokens });
        identityIds.push(linked.identityId);
      }
      return { userId, identityIds };
    },

    /** How many grants this person has standing at the provider. */
    async grants(alias: string, user: string): Promise<number> {
      const { grants } = await world.control<{ grants: { user: string }[] }>('GET', alias);
      return grants.filter((grant) => grant.user === user).length;
    },

    async calls(alias: string): Promise<number> {
      return (await world.control<{ counters: { revoke: number } }>('GET', alias)).counters.revoke;
    },

    entries: (identityIds: readonly string[]) =>
      database.prisma.vaultEntry.count({ where: { identityId: { in: [...identityIds] } } }),

    rows: (identityId: string) =>
      database.prisma.queuedRevocation.findMany({ where: { identityId }, orderBy: { id: 'asc' } }),

    /** The state of each upstream revocation of a person, in the order of the aliases. */
    async states(userId: string): Promise<Record<string, string>> {
      const listed = await upstreamRevocations.list({ limit: 100, after: undefined, filter: { userId } });
      return Object.fromEntries(listed.map(({ connection, state }) => [connection, state]));
    },

    async outcomes(identityId: string): Promise<unknown[]> {
      const events = await database.prisma.auditEvent.findMany({
        where: { identityId, type: 'token.revoked' },
        orderBy: [{ at: 'asc' }, { id: 'asc' }],
      });
      return events.map(({ detail }) => (detail as { outcome: string }).outcome);
    },

    /** Neither a token nor anything sealed of this person's is left, in whatever table. */
    async expectNothingKept(userId: string): Promise<void> {
      expectNoSecrets(world.minted(), { log: world.logged(), database: await dump(database) });
      const { rows } = await database.pool.query(
        `SELECT id FROM departure WHERE user_id = $1
           AND (ciphertext IS NOT NULL OR wrapped_key IS NOT NULL OR key_id IS NOT NULL OR subject IS NOT NULL)`,
        [userId],
      );
      if (rows.length > 0) throw new Error(`${rows.length} revocations keep what they no longer need`);
    },
  };
}
