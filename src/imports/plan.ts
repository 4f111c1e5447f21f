import { pictureOf, storable } from '../identities/identity-profile.ts';
import type { IdentityKey, NewIdentity } from '../identities/identity-store.ts';
import type { KeyedIdentity, SubjectChange } from '../identities/subject-moves-store.ts';
import type { ImportedUser, UserBatch } from '../identities/user-import-store.ts';
import { representable } from '../kit/database/timestamp-range.ts';
import { newId } from '../kit/ids.ts';
import type { ImportedSet } from '../vault/imported-set.ts';
import type { ExportedUser } from './exported-user.ts';
import type { ImportableAccount } from './importable-account.ts';
import type { Reason } from './reasons.ts';
import { createSharedOwners, type SharedOwners } from './shared-owners.ts';

/** A user of a batch, with the accounts to import. */
export interface ImportableUser {
  readonly user: ExportedUser;
  readonly accounts: readonly ImportableAccount[];
}

/** The facts that a plan is based on. */
export interface Facts {
  /** The identities here, by `keyText`. */
  readonly known: ReadonlyMap<string, KnownIdentity>;
  /** Returns the identity here that an earlier import stored for the account under a wrong id. */
  mistakenOf(account: ImportableAccount): KeyedIdentity | undefined;
  /** Returns the user here who has the account's shared id. */
  sharedOwnerOf(account: ImportableAccount): string | undefined;
  /** The exported user's id by the id of the user here, as this run has matched them, and the reverse. */
  readonly refByUserId: ReadonlyMap<string, string>;
  readonly userIdByRef: ReadonlyMap<string, string>;
}

export interface PlanFacts extends Facts {
  /** The users here whose ways to sign in stay as they are. */
  readonly roleHolders: ReadonlySet<string>;
}

export interface KnownIdentity {
  readonly id: string;
  readonly userId: string;
}

/** A token set with its user and connection in the export. */
export interface IncomingSet extends ImportedSet {
  readonly user: string;
  readonly from: string;
}

export interface Plan extends UserBatch {
  readonly users: ImportedUser[];
  readonly identities: NewIdentity[];
  /** The identities that get the id that a sign-in produces, by their own ids. */
  readonly rekeys: Map<string, PlannedRekey>;
  /** The token sets to store. */
  readonly incoming: IncomingSet[];
  /** The matches of this batch, as in the facts, and the identities that the plan creates. */
  readonly userIdByRef: Map<string, string>;
  readonly refByUserId: Map<string, string>;
  readonly identityByKey: Map<string, KnownIdentity>;
  readonly sharedOwners: SharedOwners;
  readonly refused: { readonly user: string; readonly reason: Reason }[];
  /** The accounts that are left out, of users who are not. */
  readonly left: { readonly user: string; readonly connection: string; readonly reason: Reason }[];
}

export interface PlannedRekey {
  readonly identity: KeyedIdentity;
  readonly to: SubjectChange;
}

export function keyText({ connectionId, issuer, subject }: IdentityKey): string {
  return JSON.stringify([connectionId, issuer, subject]);
}

/** Plans which users and identities to create. Accounts are matched by their keys only, never by e-mail. */
export function planBatch(batch: readonly ImportableUser[], facts: PlanFacts): Plan {
  const plan: Plan = {
    users: [],
    identities: [],
    rekeys: new Map(),
    incoming: [],
    userIdByRef: new Map(),
    refByUserId: new Map(),
    identityByKey: new Map(),
    sharedOwners: createSharedOwners(),
    refused: [],
    left: [],
  };
  for (const one of batch) {
    const owner = ownerOf(one, facts, plan);
    if (owner.refused) {
      plan.refused.push({ user: one.user.ref, reason: owner.refused });
      continue;
    }
    const userId = owner.userId ?? newId('usr');
    if (!owner.userId) plan.users.push(newUser(one.user, userId));
    plan.userIdByRef.set(one.user.ref, userId);
    plan.refByUserId.set(userId, one.user.ref);
    for (const account of one.accounts) addIdentity(account, { userId, ref: one.user.ref }, { facts, plan });
  }
  return plan;
}

interface Owner {
  readonly userId?: string | undefined;
  readonly refused?: Reason;
}

/** Returns the user here to whom an exported user belongs; without one, a new user is created. */
function ownerOf({ user, accounts }: ImportableUser, facts: Facts, plan: Plan): Owner {
  const identityOf = (one: ImportableAccount) =>
    plannedIn(plan, one) ?? unconfirmedIn(plan, one) ?? facts.known.get(keyText(one.key));
  const matchedUserId = plan.userIdByRef.get(user.ref) ?? facts.userIdByRef.get(user.ref);
  const mistaken = accounts.map((one) => mistakenIn(facts, plan, one)?.userId);
  const all = [matchedUserId, ...accounts.map((one) => identityOf(one)?.userId), ...mistaken];
  const owners = [...new Set(all.filter((userId) => userId !== undefined))];
  if (owners.length > 1) return { refused: 'several_users' };
  const [userId = firstSharedOwner(accounts, facts, plan)] = owners;
  if (userId === undefined) return user.addsOnly ? { refused: 'user_not_here' } : {};
  const matchedRef = facts.refByUserId.get(userId) ?? plan.refByUserId.get(userId);
  if (matchedRef !== undefined && matchedRef !== user.ref) return { refused: 'account_of_another' };
  return { userId };
}

function mistakenIn(facts: Facts, plan: Plan, account: ImportableAccount): KeyedIdentity | undefined {
  const found = facts.mistakenOf(account);
  return found && !plan.rekeys.has(found.id) ? found : undefined;
}

/** Returns the identity that the plan creates for the same account of another record. */
function plannedIn(plan: Plan, account: ImportableAccount): KnownIdentity | undefined {
  const { key, formerKeys, unconfirmed } = account;
  const [planned] = [key, ...formerKeys].flatMap((one) => plan.identityByKey.get(keyText(one)) ?? []);
  // The other record tells that the exported id is the shared one.
  return planned ?? (unconfirmed && plan.sharedOwners.sameAt(account));
}

/** Returns the identity that the plan creates for a record that does not tell which id of the account it has. */
function unconfirmedIn(plan: Plan, { mistakenKeys }: ImportableAccount): KnownIdentity | undefined {
  return mistakenKeys.flatMap((one) => plan.identityByKey.get(keyText(one)) ?? [])[0];
}

function firstSharedOwner(
  accounts: readonly ImportableAccount[],
  facts: Facts,
  { sharedOwners }: Plan,
): string | undefined {
  const ownerOf = (one: ImportableAccount) => facts.sharedOwnerOf(one) ?? sharedOwners.ownerOf(one);
  return accounts.map(ownerOf).find((owner) => owner !== undefined);
}

function addIdentity(
  account: ImportableAccount,
  { userId, ref }: { readonly userId: string; readonly ref: string },
  { facts, plan }: { facts: PlanFacts; plan: Plan },
): void {
  const { from, tokens } = account;
  const key = keyText(account.key);
  let identity = plannedIn(plan, account) ?? facts.known.get(key);
  const planned = identity ? undefined : unconfirmedIn(plan, account);
  if (planned) {
    identity = planned;
    confirmPlanned(plan, account, planned);
  }
  if (!identity && facts.roleHolders.has(userId)) {
    plan.left.push({ user: ref, connection: from, reason: 'holds_role' });
    return;
  }
  const mistaken = mistakenIn(facts, plan, account);
  if (!identity && mistaken) {
    identity = { id: mistaken.id, userId };
    plan.rekeys.set(mistaken.id, {
      identity: mistaken,
      to: { ...account.key, ...account.profile },
    });
    plan.sharedOwners.add(account, identity);
    plan.identityByKey.set(key, identity);
  }
  if (!identity) {
    identity = { id: newId('idn'), userId };
    plan.identities.push({ ...identity, ...account.key, ...account.profile });
    plan.sharedOwners.add(account, identity);
    plan.identityByKey.set(key, identity);
  }
  if (tokens) plan.incoming.push({ identityId: identity.id, ...tokens, user: ref, from });
}

/** Gives an identity of the plan the ids that a further record of the account tells. */
function confirmPlanned(plan: Plan, account: ImportableAccount, { id, userId }: KnownIdentity): void {
  const at = plan.identities.findIndex((one) => one.id === id);
  // Another account with the same shared id is another identity.
  for (const key of account.mistakenKeys)
    if (plan.identityByKey.get(keyText(key))?.id === id) plan.identityByKey.delete(keyText(key));
  plan.identities[at] = { id, userId, ...account.key, ...account.profile };
  plan.sharedOwners.add(account, { id, userId });
  plan.identityByKey.set(keyText(account.key), { id, userId });
}

function newUser(user: ExportedUser, id: string): ImportedUser {
  const { disabled, createdAt, lastLoginAt } = user;
  return {
    ...{ id, disabled },
    name: storable(user.name),
    picture: pictureOf(user.picture),
    createdAt: representable(createdAt),
    lastLoginAt: representable(lastLoginAt),
  };
}
