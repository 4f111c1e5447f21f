import { z } from 'zod';
import type { User } from '../identities/identities.ts';
import type { AdminDeps } from './ports.ts';
import { isoTime } from './shapes.ts';

export const wayIn = z.object({
  connection: z.string(),
  proves_sign_in: z
    .boolean()
    .describe('The provider states when the person last signed in there, so that it proves a fresh sign-in'),
  opens_console: z.boolean().describe('It counts for the console, as CONSOLE_CONNECTIONS says'),
  last_login_at: isoTime.nullable(),
});

export interface Arrival {
  readonly ways_in: z.input<typeof wayIn>[];
  readonly last_seen_at: string | null;
}

/** Returns how an admin signs in, and when the admin was last here. */
export async function arrivalOf(
  { identities, connections, issuance, settings }: AdminDeps,
  { id, lastLoginAt }: User,
): Promise<Arrival> {
  const [linked, sessions] = await Promise.all([identities.ofUser(id), issuance.sessions.of(id)]);
  const counting = settings.consoleConnections;
  const ways = await Promise.all(
    linked.map(async ({ connectionId, lastLoginAt: at }) => {
      const connection = await connections.findById(connectionId);
      if (!connection?.enabled || connection.purpose !== 'login') return [];
      const { alias, connector } = connection;
      return [
        {
          connection: alias,
          proves_sign_in: connector.takesMaxAge === true,
          opens_console: counting?.includes(alias) ?? true,
          last_login_at: at?.toISOString() ?? null,
        },
      ];
    }),
  );
  const seen = [lastLoginAt, ...sessions.map(({ since, lastSeenAt }) => lastSeenAt ?? since)];
  const times = seen.flatMap((at) => (at ? [at.getTime()] : []));
  const last = times.length > 0 ? new Date(Math.max(...times)).toISOString() : null;
  return { ways_in: ways.flat(), last_seen_at: last };
}
