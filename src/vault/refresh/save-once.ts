import type { ForeignClaim } from '../../connectors/engine/refreshed-id-token.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Event } from '../../kit/events/events.ts';
import { askedMark, isAsked } from '../asked.ts';
import { type Entry, nextVersion, type Superseded } from '../entry.ts';
import type { EntryStore } from '../entry-store.ts';
import type { Owner } from '../owner-store.ts';
import { openStoredSet, type StoredSet, sealStoredSet } from '../stored-set.ts';
import type { TokenKeyring } from '../token-keyring.ts';
import { mergeRefreshed, sameRefreshToken } from './merge.ts';
import type { RefreshAnswer } from './refresh-answer.ts';
import { type IdentityAtConnection, subjectOf } from './refresh-deps.ts';

export interface SaveOnceDeps {
  readonly store: EntryStore;
  readonly keyring: TokenKeyring;
  readonly clock: Clock;
  /** Called with the version of a save that has succeeded. */
  readonly onVersion?: (version: number) => void;
}

export type Saved =
  | 'saved'
  /** The entry holds a newer grant than the one refreshed. */
  | 'superseded'
  /** The identity was unlinked meanwhile. */
  | 'gone'
  /** The process ends before the database accepts the set, so the next start saves it from disk. */
  | 'spilled';

/** Saves by version. If a sign-in was saved meanwhile with the same refresh token, the rotated one replaces it there. */
export async function saveOnce(
  { store, keyring, clock, onVersion = () => undefined }: SaveOnceDeps,
  result: RefreshAnswer,
): Promise<Saved> {
  const { identityId, traits, held, refreshed, clientId, foreign } = result;
  // If reuse ends all tokens of a grant, another process that found the grant dead has ended this set too.
  const revives = traits.rotation !== 'reuse-kills-family';
  let base = firstBase(result);
  for (;;) {
    if (base && (await saveOver(base))) return 'saved';
    const entry = await store.find(identityId);
    if (!entry || entry.state === 'revoked') return 'gone';
    // A newer set goes over an older row also if another hand has put that back.
    const stored = openStoredSet(keyring, { ...entry, rewoundFrom: undefined });
    // Our own save may have reached the database although its answer was lost.
    if (stored.tokens.accessToken.equals(refreshed.tokens.accessToken.reveal())) {
      onVersion(entry.version);
      return 'saved';
    }
    const asked = isAsked(entry);
    if (entry.state !== 'active' && !asked && !revives) return 'superseded';
    if (isOlder(entry, result)) {
      base = { before: entry, owner: entry.owner, held, asked };
      continue;
    }
    if (!sameRefreshToken(stored, held)) return 'superseded';
    base = { before: entry, owner: entry.owner, held: stored, asked };
  }

  async function saveOver({ before, owner, held: former, asked }: Base): Promise<boolean> {
    // After lost commits the stored version may be lower than the refreshed one, whose journal this save closes too.
    const version = Math.max(nextVersion(before), result.version + 1);
    const place = { identityId, owner, version, traits, clientId };
    const tokens = sealStoredSet(keyring, mergeRefreshed(former, refreshed, clock.now()), place);
    // An operator has marked the entry during the refresh, and the mark stays.
    const dead = foreign ? deathByIdToken(foreign) : asked ? askedMark : undefined;
    const saved = await store.supersede(before, { tokens, now: clock.now(), by: 'refresh', revives, dead });
    if (saved) onVersion(version);
    return saved;
  }
}

/** Returns the entry as it was before the provider was asked; undefined: it has to be read, since its owner may be another. */
function firstBase({ identityId, version, sealedFor, held }: RefreshAnswer): Base | undefined {
  if (!sealedFor) return undefined;
  const { owner, wrappedKey } = sealedFor;
  const { absoluteCapAt } = held;
  const before = { identityId, version, state: 'active', absoluteCapAt, wrappedKey } as const;
  return { before, owner, held, asked: false };
}

/** The entry that a save replaces, and the token set that the answer is merged over. */
interface Base {
  readonly before: Superseded;
  /** The owner under whom the stored set has opened. */
  readonly owner: Owner;
  readonly held: StoredSet;
  readonly asked: boolean;
}

/** Returns the reason of a set whose ID token names another person, issuer or client: its owner is uncertain. */
function deathByIdToken(claim: ForeignClaim) {
  return { reason: 'rejected', error: `id_token:another_${claim}` } as const;
}

/** Returns the audit event of such a set. */
export function wrongIdTokenEvent(target: IdentityAtConnection, claim: ForeignClaim): Event {
  const { reason } = deathByIdToken(claim);
  const detail = { reason, id_token: `another_${claim}` };
  return { type: 'token.reauthorization_required', ...subjectOf(target), detail };
}

/** Returns whether the stored set is older than the refreshed one: a standby or a backup has taken over. */
function isOlder(entry: Entry, { version, depositedAt }: RefreshAnswer): boolean {
  return entry.version < version && depositedAt !== null && entry.depositedAt <= depositedAt;
}
