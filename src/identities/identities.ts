import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { newId } from '../kit/ids.ts';
import { isPlain } from '../kit/plain-text.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { CompletedSignIn } from '../login/sign-in.ts';
import { keyOf, keysOf, underOtherIssuer } from './identity-keys.ts';
import { profileOf } from './identity-profile.ts';
import type {
  IdentityBrief,
  IdentityRow,
  IdentityStore,
  UserChange,
  UserPage,
  UserRow,
} from './identity-store.ts';
import type { PersonRow } from './person-store.ts';
import { spacesOf } from './shared-id.ts';

export type { IdentityBrief, IdentityRow as Identity, UserRow as User } from './identity-store.ts';

/** Who is this? People are known by their accounts' keys, never by an e-mail address. */
export interface Identities {
  /** The user this account belongs to; a new one for an account never seen. @throws Problem for a disabled user. */
  settle(arrival: Settling): Promise<Settled>;
  /** Adds the account to a user. @throws Problem identity_in_use when it is another user's. */
  link(userId: string, arrival: Settling): Promise<Settled>;
  findUser(userId: string): Promise<UserRow | undefined>;
  /** The same with an address, for where it is asked all the time. */
  findPerson(userId: string): Promise<PersonRow | undefined>;
  listUsers(page: UserPage): Promise<readonly UserRow[]>;
  ofUser(userId: string): Promise<readonly IdentityRow[]>;
  byIds(ids: readonly string[]): Promise<readonly IdentityRow[]>;
  /** The same in brief: permission asks for every token that is handed out. */
  brieflyOfUser(userId: string): Promise<readonly IdentityBrief[]>;
  /** @throws Problem not_found */
  setDisabled(userId: string, disabled: boolean): Promise<void>;
  setRoles(userId: string, roles: readonly string[]): Promise<void>;
  /** Other users who the provider says are this person, found too late to be one: an explicit merge is theirs. */
  samePersonAs(userId: string): Promise<readonly string[]>;
  /** Of the account with this subject, at any of these connections. */
  ofSubject(subject: string, connectionIds: readonly string[]): Promise<readonly IdentityRow[]>;
}

/** Somebody who has come from a provider, whatever waits for them. */
export type Settling = Omit<CompletedSignIn, 'resume'>;

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

const mostRounds = 3;

export function createIdentities(deps: IdentitiesDeps): Identities {
  const { store, connections, clock, events } = deps;

  async function refuseDisabled(userId: string, { alias }: Connection): Promise<void> {
    const user = await store.findUser(userId);
    if (user && !user.disabledAt) return;
    const detail = { step: 'settle', code: 'user_disabled' };
    await events.record({ type: 'login.failed', userId, connection: alias, detail });
    throw new Problem('forbidden', {
      detail: { en: 'This account is disabled.', zh: '此账号已停用。' },
    });
  }

  async function welcomeBack(identity: IdentityRow, arrival: Settling): Promise<Settled | undefined> {
    await refuseDisabled(identity.userId, arrival.connection);
    const profile = profileOf(arrival, identity.alternates);
    if (!(await store.arrive(identity.id, profile, clock.now()))) return undefined;
    return { userId: identity.userId, identityId: identity.id };
  }

  async function welcome(arrival: Settling): Promise<Settled | undefined> {
    const fresh = {
      id: newId('idn'),
      userId: newId('usr'),
      ...keyOf(arrival),
      ...profileOf(arrival, {}),
    };
    const sharing = await sharingWith(arrival.connection, fresh.shared?.space);
    const userId = await store.insertSettled(fresh, sharing, clock.now());
    if (userId === undefined) return undefined;
    const settled = { userId, identityId: fresh.id };
    const { alias: connection } = arrival.connection;
    if (userId === fresh.userId) await events.record({ type: 'user.created', ...settled, connection });
    else
      await events.record({ type: 'identity.linked', ...settled, connection, detail: { by: 'shared id' } });
    await refuseDisabled(userId, arrival.connection);
    return settled;
  }

  /**
   * One app knows a person by one subject, so a second one with the same shared id is odd and joins nobody in silence:
   * the connection itself is not among them.
   */
  async function sharingWith({ id }: Connection, space: string | undefined): Promise<readonly string[]> {
    const spaces = [...spacesOf(await connections.all())];
    return spaces.flatMap(([other, its]) => (other !== id && its === space ? [other] : []));
  }

  async function change(userId: string, to: UserChange): Promise<void> {
    if (!isPlain(userId) || !(await store.changeUser(userId, to))) throw new Problem('not_found');
  }

  return {
    async settle(arrival) {
      let current = arrival;
      for (let round = 0; round < mostRounds; round += 1) {
        const identity = await store.findByKeys(keysOf(current));
        const moved = identity ? undefined : await underOtherIssuer(current, connections);
        if (moved) {
          current = moved;
          continue;
        }
        // Undefined when another callback of this account, or its unlinking, was a moment earlier: look again.
        const settled = identity ? await welcomeBack(identity, current) : await welcome(current);
        if (!settled) continue;
        await events.record({
          type: 'login.succeeded',
          ...settled,
          connection: arrival.connection.alias,
        });
        return settled;
      }
      throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
    },

    async link(userId, arrival) {
      await refuseDisabled(userId, arrival.connection);
      const settling = (await underOtherIssuer(arrival, connections)) ?? arrival;
      const key = keyOf(settling);
      const known = await store.findByKeys(keysOf(settling));
      const back = known?.userId === userId ? await welcomeBack(known, arrival) : undefined;
      if (back) return back;
      const fresh = { id: newId('idn'), userId, ...key, ...profileOf(arrival, {}) };
      const free = known === undefined || known.userId === userId;
      if (!free || !(await store.insert(fresh, clock.now()))) throw new Problem('identity_in_use');
      await events.record({
        type: 'identity.linked',
        userId,
        identityId: fresh.id,
        connection: arrival.connection.alias,
      });
      return { userId, identityId: fresh.id };
    },

    // What PostgreSQL cannot even hear, such as NUL, is nobody's id or name.
    findPerson: async (userId) => (isPlain(userId) ? await store.findPerson(userId) : undefined),
    findUser: async (userId) => (isPlain(userId) ? await store.findUser(userId) : undefined),
    listUsers: async (page) => (isPlain(page.search ?? '') ? await store.listUsers(page) : []),
    ofUser: async (userId) => (isPlain(userId) ? await store.ofUser(userId) : []),
    byIds: (ids) => store.byIds(ids),
    brieflyOfUser: async (userId) => (isPlain(userId) ? await store.brieflyOfUser(userId) : []),

    async setDisabled(userId, disabled) {
      await change(userId, { disabledAt: disabled ? clock.now() : null });
      await events.record({ type: disabled ? 'user.disabled' : 'user.enabled', userId });
    },
    async setRoles(userId, roles) {
      await change(userId, { roles });
      await events.record({ type: 'user.roles_changed', userId, detail: { roles } });
    },
    samePersonAs: async (userId) =>
      isPlain(userId) ? await store.samePersonAs(userId, spacesOf(await connections.all())) : [],
    ofSubject: async (subject, connectionIds) =>
      isPlain(subject) ? await store.ofSubject(subject, connectionIds) : [],
  };
}
