import { createInvitationStore } from '../../src/admin/people/invitation-store.ts';
import { createInvitations } from '../../src/admin/people/invitations.ts';
import type { Role } from '../../src/admin/roles.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createLog } from '../../src/kit/log.ts';
import type { World } from '../support/world.ts';

/** Returns a link as the command line prints it, or as the person `by` gets it. */
export async function invite(world: World, role: Role, by = 'cli'): Promise<string> {
  const { issuer, clock, database, broker } = world;
  const invitations = createInvitations({
    issuer,
    clock,
    identities: broker.identities,
    events: createEvents(database.pool, createLog('silent')),
    store: createInvitationStore(database.prisma, await world.rowTags()),
  });
  const { url } = await invitations.invite({ role, by });
  world.remember(url.reveal().split('/').at(-1));
  return url.reveal();
}
