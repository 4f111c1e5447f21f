import type { Clock } from '../kit/clock.ts';
import { changesBetween } from '../kit/events/changes.ts';
import type { Event, Events } from '../kit/events/events.ts';
import { newId } from '../kit/ids.ts';
import { isPlain } from '../kit/plain-text.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { VerifiedSignIn } from '../login/sign-in.ts';
import { keyOf, keysOf, underOtherIssuer } from './identity-keys.ts';
import { profileOf } from './identity-profile.ts';
import type {
  FoundIdentity,
  IdentityBrief,
  IdentityRow,
  IdentityStore,
  UserChange,
  UserRow,
} from './identity-store.ts';
import { nearOf } from './near.ts';
import type { PersonRow } from './person-store.ts';
import { createRefusal } from './refused-user.ts';
import { ownerRoles } from './role-holder-store.ts';
import { spacesOf } from './shared-id.ts';
import { isConfirmed, type Rekey, unconfirmedKeysOf } from './unconfirmed.ts';

export type { IdentityBrief, IdentityRow as Identity, UserRow as User } from './identity-store.ts';

/**
 * Users and their identities. This room finds or creates the user of a sign-in by the key of the identity (connection,
 * issuer, subject) or by an id that several connections share, never by an e-mail address. It stores profiles, roles and the
 * disabled state, and no tokens: the vault has those. It does not decide when an identity or a user is removed:
 * `offboarding` does, with this room's statements.
 */
export interface Identities {
  /**
   * Returns the user of an identity, and creates both for a new identity.
   * @throws Problem forbidden for a disabled user, unavailable when concurrent changes overtook it three times
   */
  findOrCreate(signIn: VerifiedSignIn): Promise<IdentityOwner>;
  /** Links an identity to a user. @throws Problem identity_in_use when it is another user's, forbidden for a disabled user */
  link(userId: string, signIn: VerifiedSignIn): Promise<IdentityOwner>;
  findUser(userId: string): Promise<UserRow | undefined>;
  /** Returns the user together with one of their e-mail addresses. Concurrent reads share one statement. */
  findPerson(userId: string): Promise<PersonRow | undefined>;
  readonly listUsers: IdentityStore['listUsers'];
  /** Returns the confirmed identities of a user. */
  ofUser(userId: string): Promise<readonly IdentityRow[]>;
  /** Returns the unconfirmed ones too, for the user and for admins. */
  allOfUser(userId: string): Promise<readonly IdentityRow[]>;
  byIds(ids: readonly string[]): Promise<readonly IdentityRow[]>;
  /** Reads the confirmed identities with few columns. Concurrent reads share one statement. */
  briefsOfUser(userId: string): Promise<readonly IdentityBrief[]>;
  /** Returns the same if they are in the cache and proven to be current. Each retrieval calls it. */
  readonly knownBriefs: IdentityStore['knownBriefs'];
  /** Returns the same, if that is proven already. */
  readonly peekBriefs: IdentityStore['peekBriefs'];
  /** @throws Problem not_found, conflict for the last owner */
  setDisabled(userId: string, disabled: boolean, about?: AccessChange): Promise<void>;
  /** @throws Problem not_found, conflict for the last owner */
  setRoles(userId: string, roles: readonly string[], about?: AccessChange): Promise<void>;
  /** Takes all roles before a removal, without an event. @throws Problem not_found, conflict for the last owner */
  stepDown(userId: string): Promise<void>;
  /** Returns all people with a role. */
  roleHolders(): Promise<readonly UserRow[]>;
  /** Returns the ids of other users who are the same person by a shared id of a provider. An explicit merge can join them. */
  samePersonAs(userId: string): Promise<readonly string[]>;
  /** Returns the confirmed identities with this subject at any of these connections. */
  ofSubject(subject: string, connectionIds: readonly string[]): Promise<readonly IdentityRow[]>;
}

/** The circumstances of a change of roles, or of the disabled state. */
export interface AccessChange {
  readonly reason?: string | undefined;
  /** The last owner keeps role and access. */
  readonly keepLastOwner?: boolean;
  /** Default: `user.roles_changed`. */
  readonly event?: Pick<Event, 'type' | 'detail'>;
}

export interface IdentityOwner {
  readonly userId: string;
  readonly identityId: string;
}

export interface IdentitiesDeps {
  readonly store: IdentityStore;
  readonly connections: Connections;
  /** Gives an unconfirmed identity the ids of its account. */
  readonly rekey: Rekey;
  readonly clock: Clock;
  readonly events: Events;
}

/** Each concurrent change of one identity costs a round. More than two within one sign-in are not to be expected. */
const mostRounds = 3;

export function createIdentities(deps: IdentitiesDeps): Identities {
  const { store, connections, rekey, clock, events } = deps;

  const disabled = createRefusal(events);

  async function refuseDisabled(userId: string, connection: Connection): Promise<void> {
    const user = await store.findUser(userId);
    if (!user || user.disabledAt) throw await disabled(userId, connection);
  }

  /** Returns undefined if the identity was unlinked, or its user disabled, meanwhile. */
  async function updateKnown(
    identity: FoundIdentity,
    signIn: VerifiedSignIn,
  ): Promise<IdentityOwner | undefined> {
    if (!identity.mayEnter) throw await disabled(identity.userId, signIn.connection);
    const profile = profileOf(signIn, identity.alternates);
    if (!(await store.updateProfile(identity.id, profile, clock.now()))) return undefined;
    return { userId: identity.userId, identityId: identity.id };
  }

  /** Returns undefined if another process inserted the identity first or its user was deleted. */
  async function createNew(signIn: VerifiedSignIn): Promise<IdentityOwner | undefined> {
    const fresh = {
      id: newId('idn'),
      userId: newId('usr'),
      ...keyOf(signIn),
      ...profileOf(signIn, {}),
    };
    const userId = await store.insertWithUser(fresh, nearOf(signIn, await connections.all()), clock.now());
    if (userId === undefined) return undefined;
    const owner = { userId, identityId: fresh.id };
    const { alias: connection } = signIn.connection;
    const about = { ...owner, connection, actor: { kind: 'person', id: userId } } as const;
    if (userId === fresh.userId) await events.record({ type: 'user.created', ...about });
    else {
      await events.record({ type: 'identity.linked', ...about, detail: { by: 'shared id' } });
      await refuseDisabled(userId, signIn.connection);
    }
    return owner;
  }

  /**
   * Gives the identity that an import stored with one id of this account the ids that the provider has confirmed. Returns
   * false if there is none.
   */
  async function confirm(signIn: VerifiedSignIn, of?: string): Promise<boolean> {
    const identity = await store.findByKeys(unconfirmedKeysOf(signIn));
    if (!identity) return false;
    if (of !== undefined && identity.userId !== of) throw new Problem('identity_in_use');
    if (!identity.mayEnter) throw await disabled(identity.userId, signIn.connection);
    // A concurrent sign-in may have been faster. The caller reads again in either case.
    await rekey(identity, keyOf(signIn));
    return true;
  }

  const allOfUser = async (userId: string) => (isPlain(userId) ? await store.ofUser(userId) : []);

  async function change(userId: string, to: UserChange): Promise<void> {
    const changed = isPlain(userId) && (await store.changeUser(userId, to));
    if (changed === 'last owner')
      throw new Problem('conflict', {
        detail: {
          en: 'This is the last owner. Make another person owner first.',
          zh: '这是最后一位所有者。请先将另一人设为所有者。',
        },
      });
    if (!changed) throw new Problem('not_found');
  }

  return {
    async findOrCreate(signIn) {
      let current = signIn;
      for (let round = 0; round < mostRounds; round += 1) {
        const identity = await store.findByKeys(keysOf(current));
        const moved = identity ? undefined : await underOtherIssuer(current, connections);
        if (moved) {
          current = moved;
          continue;
        }
        if (!identity && (await confirm(current))) continue;
        const owner = identity ? await updateKnown(identity, current) : await createNew(current);
        // A concurrent callback or unlinking changed the identity first. The next round reads it again.
        if (!owner) continue;
        await events.record({
          type: 'login.succeeded',
          ...{ ...owner, connection: signIn.connection.alias },
          actor: { kind: 'person', id: owner.userId },
          ...(signIn.providerTime !== undefined && { detail: { ms: signIn.providerTime } }),
        });
        return owner;
      }
      throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
    },

    async link(userId, signIn) {
      await refuseDisabled(userId, signIn.connection);
      const current = (await underOtherIssuer(signIn, connections)) ?? signIn;
      const key = keyOf(current);
      const keys = keysOf(current);
      const known =
        (await store.findByKeys(keys)) ??
        ((await confirm(current, userId)) ? await store.findByKeys(keys) : undefined);
      const isAnothers = known !== undefined && known.userId !== userId;
      const owner = known && !isAnothers ? await updateKnown(known, signIn) : undefined;
      if (owner) return owner;
      const fresh = { id: newId('idn'), userId, ...key, ...profileOf(signIn, {}) };
      const isNew = !isAnothers && (await store.insert(fresh, unconfirmedKeysOf(current), clock.now()));
      if (!isNew) throw new Problem('identity_in_use');
      await events.record({
        type: 'identity.linked',
        userId,
        identityId: fresh.id,
        connection: signIn.connection.alias,
      });
      return { userId, identityId: fresh.id };
    },

    // PostgreSQL rejects some characters, such as NUL. No id or name contains them.
    findPerson: async (userId) => (isPlain(userId) ? await store.findPerson(userId) : undefined),
    findUser: async (userId) => (isPlain(userId) ? await store.findUser(userId) : undefined),
    listUsers: store.listUsers,
    ofUser: async (userId) => (await allOfUser(userId)).filter(isConfirmed),
    allOfUser,
    byIds: (ids) => store.byIds(ids),
    knownBriefs: store.knownBriefs,
    peekBriefs: store.peekBriefs,
    briefsOfUser: async (userId) => (isPlain(userId) ? await store.briefsOfUser(userId) : []),

    async setDisabled(userId, disabled, { reason, keepLastOwner = false } = {}) {
      await change(userId, {
        disabledAt: disabled ? clock.now() : null,
        keepLastOwner: keepLastOwner && disabled,
      });
      const detail = reason !== undefined && { detail: { reason } };
      await events.record({ type: disabled ? 'user.disabled' : 'user.enabled', userId, ...detail });
    },
    async setRoles(userId, roles, { reason, keepLastOwner = false, event } = {}) {
      const former = (isPlain(userId) && (await store.findUser(userId))?.roles) || [];
      const staysOwner = roles.some((role) => ownerRoles.includes(role));
      await change(userId, { roles, keepLastOwner: keepLastOwner && !staysOwner });
      const { type = 'user.roles_changed', detail = {} } = event ?? {};
      const changes = changesBetween({ roles: former }, { roles });
      const about = { roles, changes, ...(reason !== undefined && { reason }), ...detail };
      await events.record({ type, userId, detail: about });
    },
    stepDown: (userId) => change(userId, { roles: [], keepLastOwner: true }),
    roleHolders: store.roleHolders,
    samePersonAs: async (userId) =>
      isPlain(userId) ? await store.samePersonAs(userId, spacesOf(await connections.all())) : [],
    ofSubject: async (subject, connectionIds) =>
      isPlain(subject) ? await store.ofSubject(subject, connectionIds) : [],
  };
}
