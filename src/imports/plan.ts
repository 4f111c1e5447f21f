import { pictureOf } from '../identities/identity-profile.ts';
import type { IdentityKey, NewIdentity } from '../identities/identity-store.ts';
import type { Newcomers, NewUser } from '../identities/intake-store.ts';
import { newId } from '../kit/ids.ts';
import type { Incoming } from '../vault/intake.ts';
import type { PeerUser } from './peer-user.ts';
import type { Reason } from './reasons.ts';
import type { Candidate } from './resolve-account.ts';

/** One of a batch, with its accounts as they would be here. */
export interface Resolved {
  readonly user: PeerUser;
  readonly candidates: readonly Candidate[];
}

/** What is known before a batch is planned. */
export interface Facts {
  /** Identities here, by `keyText`. */
  readonly known: ReadonlyMap<string, Place>;
  /** Who is, by a shared id of the candidate, this person. */
  sharedOwnerOf(candidate: Candidate): string | undefined;
  /** By user here, the peer's user that this run has found to be it; and the other way round. */
  readonly claimed: ReadonlyMap<string, string>;
  readonly homes: ReadonlyMap<string, string>;
}

export interface Place {
  readonly id: string;
  readonly userId: string;
}

export interface Plan extends Newcomers {
  readonly users: NewUser[];
  readonly identities: NewIdentity[];
  readonly incoming: Incoming[];
  /** As in the facts. */
  readonly homes: Map<string, string>;
  readonly claimed: Map<string, string>;
  readonly places: Map<string, Place>;
  readonly refused: { readonly user: string; readonly reason: Reason }[];
}

export function keyText({ connectionId, issuer, subject }: IdentityKey): string {
  return JSON.stringify([connectionId, issuer, subject]);
}

/** Who becomes whom. Accounts are known by their keys alone. */
export function planBatch(batch: readonly Resolved[], facts: Facts): Plan {
  const plan: Plan = {
    users: [],
    identities: [],
    incoming: [],
    homes: new Map(),
    claimed: new Map(),
    places: new Map(),
    refused: [],
  };
  for (const one of batch) {
    const home = homeOf(one, facts, plan);
    if (home.refused) {
      plan.refused.push({ user: one.user.ref, reason: home.refused });
      continue;
    }
    const userId = home.userId ?? newId('usr');
    if (!home.userId) plan.users.push(newUser(one.user, userId));
    plan.homes.set(one.user.ref, userId);
    plan.claimed.set(userId, one.user.ref);
    for (const candidate of one.candidates) settle(candidate, userId, { facts, plan });
  }
  return plan;
}

interface Home {
  readonly userId?: string | undefined;
  readonly refused?: Reason;
}

function homeOf({ user, candidates }: Resolved, facts: Facts, plan: Plan): Home {
  const placeOf = ({ key }: Candidate) => plan.places.get(keyText(key)) ?? facts.known.get(keyText(key));
  const before = plan.homes.get(user.ref) ?? facts.homes.get(user.ref);
  const all = [before, ...candidates.map((one) => placeOf(one)?.userId)];
  const found = [...new Set(all.filter((userId) => userId !== undefined))];
  if (found.length > 1) return { refused: 'several_users' };
  const [userId = firstOf(candidates, facts)] = found;
  if (userId === undefined) return user.addsOnly ? { refused: 'user_not_here' } : {};
  const claimant = facts.claimed.get(userId) ?? plan.claimed.get(userId);
  if (claimant !== undefined && claimant !== user.ref) return { refused: 'account_of_another' };
  return { userId };
}

function firstOf(candidates: readonly Candidate[], facts: Facts): string | undefined {
  return candidates.map((one) => facts.sharedOwnerOf(one)).find((owner) => owner !== undefined);
}

function settle(candidate: Candidate, userId: string, { facts, plan }: { facts: Facts; plan: Plan }): void {
  const key = keyText(candidate.key);
  let place = plan.places.get(key) ?? facts.known.get(key);
  if (!place) {
    place = { id: newId('idn'), userId };
    plan.identities.push({ ...place, ...candidate.key, ...candidate.profile });
    plan.places.set(key, place);
  }
  if (candidate.tokens) plan.incoming.push({ identityId: place.id, ...candidate.tokens });
}

function newUser(user: PeerUser, id: string): NewUser {
  const { disabled, createdAt, lastLoginAt } = user;
  return { id, name: user.name ?? null, picture: pictureOf(user.picture), disabled, createdAt, lastLoginAt };
}
