import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events.ts';
import { newId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import type { Arrival } from '../login/arrival.ts';
import type { Connection, Connections } from '../login/connections.ts';
import { profileOf } from './identity-profile.ts';
import type { IdentityKey, IdentityRow, IdentityStore, UserPage, UserRow } from './identity-store.ts';

export type { IdentityRow as Identity, UserRow as User } from './identity-store.ts';

/** Who is this? People are known by their accounts' keys, never by an e-mail address. */
export interface Identities {
  /** The user this account belongs to; a new one for an account never seen. @throws Problem for a disabled user. */
  settle(arrival: Arrival): Promise<Settled>;
  /** Adds the account to a user. @throws Problem identity_in_use when it is another user's. */
  link(userId: string, arrival: Arrival): Promise<Settled>;
  /** @throws Problem identity_not_found, last_identity */
  unlink(userId: string, identityId: string): Promise<void>;
  findUser(userId: string): Promise<UserRow | undefined>;
  listUsers(page: UserPage): Promise<readonly UserRow[]>;
  ofUser(userId: string): Promise<readonly IdentityRow[]>;
  /** @throws Problem not_found */
  setDisabled(userId: string, disabled: boolean): Promise<void>;
  setRoles(userId: string, roles: readonly string[]): Promise<void>;
  removeUser(userId: string): Promise<void>;
}

export interface Settled {
  readonly userId: string;
  readonly identityId: string;
}

export interface IdentitiesDeps {
  readonly store: IdentityStore;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly events: Events;
}

export function createIdentities({ store, connections, clock, events }: IdentitiesDeps): Identities {
  async function refuseDisabled(userId: string, { alias }: Connection): Promise<void> {
    const user = await store.findUser(userId);
    if (user && !user.disabledAt) return;
    const detail = { step: 'settle', code: 'user_disabled' };
    await events.record({ type: 'login.failed', userId, connection: alias, detail });
    throw new Problem('forbidden', { detail: 'This account is disabled.' });
  }

  async function welcomeBack(identity: IdentityRow, arrival: Arrival): Promise<Settled> {
    await refuseDisabled(identity.userId, arrival.connection);
    await store.arrive(identity.id, profileOf(arrival.account, identity.alternates), clock.now());
    return { userId: identity.userId, identityId: identity.id };
  }

  return {
    async settle(arrival) {
      const key = keyOf(arrival);
      const { alias } = arrival.connection;
      let identity = await store.findByKey(key);
      if (!identity) {
        const fresh = { id: newId('idn'), userId: newId('usr'), ...key, ...profileOf(arrival.account, {}) };
        if (await store.insertWithUser(fresh, clock.now())) {
          const about = { userId: fresh.userId, identityId: fresh.id, connection: alias };
          await events.record({ type: 'user.created', ...about });
          await events.record({ type: 'login.succeeded', ...about });
          return { userId: fresh.userId, identityId: fresh.id };
        }
        // Another callback of the same new account was a moment earlier; its user is the one.
        identity = await store.findByKey(key);
        if (!identity) throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
      }
      const settled = await welcomeBack(identity, arrival);
      await events.record({ type: 'login.succeeded', ...settled, connection: alias });
      return settled;
    },

    async link(userId, arrival) {
      await refuseDisabled(userId, arrival.connection);
      const key = keyOf(arrival);
      const known = await store.findByKey(key);
      if (known?.userId === userId) return await welcomeBack(known, arrival);
      const fresh = { id: newId('idn'), userId, ...key, ...profileOf(arrival.account, {}) };
      if (known || !(await store.insert(fresh, clock.now()))) throw new Problem('identity_in_use');
      await events.record({
        type: 'identity.linked',
        userId,
        identityId: fresh.id,
        connection: arrival.connection.alias,
      });
      return { userId, identityId: fresh.id };
    },

    async unlink(userId, identityId) {
      const all = await connections.all();
      const signIn = all.filter(({ enabled, purpose }) => enabled && purpose === 'login').map(({ id }) => id);
      const outcome = await store.removeUnlessLast(userId, identityId, signIn);
      if (outcome === 'unknown') throw new Problem('identity_not_found');
      if (outcome === 'last') throw new Problem('last_identity');
      await events.record({ type: 'identity.unlinked', userId, identityId });
    },

    findUser: (userId) => store.findUser(userId),
    listUsers: (page) => store.listUsers(page),
    ofUser: (userId) => store.ofUser(userId),

    async setDisabled(userId, disabled) {
      if (!(await store.changeUser(userId, { disabledAt: disabled ? clock.now() : null })))
        throw new Problem('not_found');
      await events.record({ type: disabled ? 'user.disabled' : 'user.enabled', userId });
    },
    async setRoles(userId, roles) {
      if (!(await store.changeUser(userId, { roles }))) throw new Problem('not_found');
      await events.record({ type: 'user.roles_changed', userId, detail: { roles } });
    },
    async removeUser(userId) {
      if (!(await store.removeUser(userId))) throw new Problem('not_found');
      await events.record({ type: 'user.deleted', userId });
    },
  };
}

function keyOf({ connection, account }: Arrival): IdentityKey {
  return { connectionId: connection.id, issuer: connection.registration.issuer, subject: account.subject };
}
