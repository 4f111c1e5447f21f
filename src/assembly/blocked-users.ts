import type { BrowserSessionStore } from '../http/browser-session-store.ts';
import type { Identities } from '../identities/identities.ts';
import type { UserImportStore } from '../identities/user-import-store.ts';
import type { BlockedUsers } from '../imports/blocked.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { EventStore } from '../kit/events/event-store.ts';
import { Problem } from '../kit/problem.ts';

export interface BlockedUsersDeps {
  readonly eventStore: Pick<EventStore, 'usersOf'>;
  readonly users: Pick<UserImportStore, 'accessOf'>;
  readonly identities: Pick<Identities, 'setDisabled'>;
  readonly issuance: Pick<Issuance, 'revokeUser'>;
  readonly accountSessions: Pick<BrowserSessionStore, 'endOthers'>;
}

/** Returns the access of users, which an import ends as an admin does. */
export function createBlockedUsers(deps: BlockedUsersDeps): BlockedUsers {
  const { eventStore, users, identities, issuance, accountSessions } = deps;
  return {
    async find(ids) {
      const found = await users.accessOf(ids);
      const enabled = new Set(await eventStore.usersOf('user.enabled', ids));
      return found.map(({ id, roles, disabled }) => ({
        ...{ id, disabled },
        hasRole: roles.length > 0,
        wasEnabled: enabled.has(id),
      }));
    },
    async disable(id, reason) {
      try {
        await identities.setDisabled(id, true, { reason, keepLastOwner: true });
      } catch (error) {
        // The user was deleted, or became the last owner meanwhile.
        if (error instanceof Problem && ['not_found', 'conflict'].includes(error.code)) return false;
        throw error;
      }
      await issuance.revokeUser(id);
      await accountSessions.endOthers(id, undefined);
      return true;
    },
  };
}
