import type { Identities, User } from '../../identities/identities.ts';
import { after, type Clock, minutes } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import { hashOf, newHandle, newId } from '../../kit/ids.ts';
import { Secret } from '../../kit/secret.ts';
import { type Role, roleOf, roleText } from '../roles.ts';
import type { InvitationRow, InvitationStore } from './invitation-store.ts';

/** The life of a link, and of a setup session. */
export const invitationLife = minutes(30);

/** Links that give a role to the person who signs in behind them: once, within 30 minutes. */
export interface Invitations {
  /** `by`: the user id of the person who invites, `bootstrap` or `cli`. */
  invite(ask: {
    readonly role: Role;
    readonly by: string;
    readonly reason?: string | undefined;
  }): Promise<NewInvitation>;
  /** Returns the invitation of a handle. Undefined: unknown, used, expired, or the person who invited is no owner now. */
  find(handle: string): Promise<Invitation | undefined>;
  /** Gives the role. Returns false if the link was used meanwhile. */
  accept(invitation: Invitation, user: User): Promise<boolean>;
  /** Gives the invitation to one browser under a new handle. Returns undefined if another browser has it. */
  beginSetup(invitation: Invitation): Promise<Secret | undefined>;
  setConnection(invitation: Invitation, connectionId: string | null): Promise<void>;
  /** Deletes invitations that ended a day ago. */
  prune(now: Date): Promise<void>;
}

export interface Invitation extends InvitationRow {
  readonly gives: Role;
}

export interface NewInvitation {
  readonly id: string;
  readonly url: Secret;
  readonly role: Role;
  readonly expiresAt: Date;
}

export interface InvitationsDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly store: InvitationStore;
  readonly identities: Pick<Identities, 'findUser' | 'setRoles'>;
  readonly events: Pick<Events, 'record'>;
  readonly clock: Clock;
}

const handleForm = /^[0-9a-f]{64}$/;

export function createInvitations({
  issuer,
  store,
  identities,
  events,
  clock,
}: InvitationsDeps): Invitations {
  async function mayInvite(by: string): Promise<boolean> {
    if (by === 'cli' || by === 'bootstrap') return true;
    const user = await identities.findUser(by);
    return user !== undefined && !user.disabledAt && roleOf(user.roles) === 'owner';
  }

  return {
    async invite({ role, by, reason }) {
      const handle = newHandle();
      const expiresAt = after(clock.now(), invitationLife);
      const id = newId('inv');
      await store.insert({ id, handleHash: hashOf(handle), role, invitedBy: by, expiresAt });
      const detail = { invitation: id, role, expires_at: expiresAt.toISOString() };
      await events.record({ type: 'admin.invited', detail: { ...detail, ...(reason && { reason }) } });
      return { id, role, expiresAt, url: new Secret(`${issuer}/console/join/${handle}`) };
    },
    async find(handle) {
      if (!handleForm.test(handle)) return undefined;
      const row = await store.findOpen(hashOf(handle), clock.now());
      if (!row || !(await mayInvite(row.invitedBy))) return undefined;
      return { ...row, gives: roleText.parse(row.role) };
    },
    async accept({ id, gives }, { id: userId }) {
      if (!(await store.use(id, { userId, now: clock.now() }))) return false;
      try {
        await identities.setRoles(userId, [gives], {
          event: { type: 'admin.joined', detail: { invitation: id } },
        });
      } catch (error) {
        await store.release(id);
        throw error;
      }
      return true;
    },
    async beginSetup({ id }) {
      const handle = newHandle();
      const now = clock.now();
      const until = { now, expiresAt: after(now, invitationLife) };
      if (!(await store.beginSetup(id, hashOf(handle), until))) return undefined;
      await events.record({ type: 'admin.setup_started', detail: { invitation: id } });
      return new Secret(handle);
    },
    setConnection: ({ id }, connectionId) => store.setConnection(id, connectionId),
    prune: (now) => store.removeExpired(new Date(now.getTime() - 24 * 60 * minutes(1))),
  };
}
