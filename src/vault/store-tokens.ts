import { missingScopes } from '../connectors/contract/scope-cover.ts';
import type { TokenSet } from '../connectors/contract/upstream-sign-in.ts';
import { isMoved, tokenOrigins } from '../connectors/engine/destinations.ts';
import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { writeGatheredEvents } from '../kit/events/gathered-events.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import { isAsked } from './asked.ts';
import { type Entry, nextVersion } from './entry.ts';
import type { EntryStore } from './entry-store.ts';
import type { GrantCheck } from './grant-check.ts';
import { hasEnded } from './refresh/decide.ts';
import { type GrantState, mergeArrived } from './refresh/merge.ts';
import type { IdentityAtConnection } from './refresh/refresh-deps.ts';
import { openStoredSet, type StoredSet, sealStoredSet, storedSetOf, type UnstoredSet } from './stored-set.ts';
import type { TokenKeyring } from './token-keyring.ts';

export interface SignInTokens {
  readonly identityId: string;
  readonly userId: string;
  /** The provider's subject of the identity. */
  readonly subject: string;
  readonly connection: Connection;
  /** Undefined: the provider issues no tokens. */
  readonly tokens: TokenSet | undefined;
  /** Requested scopes beyond those of the connection. */
  readonly furtherScopes?: readonly string[] | undefined;
  /** The person authorized this very account again, so that the new set replaces the stored one. */
  readonly replaces?: boolean | undefined;
}

export interface StoreTokensDeps {
  readonly store: EntryStore;
  readonly keyring: TokenKeyring;
  readonly clock: Clock;
  readonly events: Events;
  /** Asks the provider whether it still accepts the stored set. */
  readonly checkGrant: GrantCheck;
  /** Takes a token set whose identity was unlinked during the sign-in. */
  readonly upstreamRevocations: {
    enqueueTokens(target: IdentityAtConnection, issued: UnstoredSet): Promise<void>;
  };
}

/**
 * A refresh or another sign-in may change the entry between read and save. Twenty times in a row, something is wrong.
 */
const mostTries = 20;

/**
 * Stores the tokens of a sign-in, merged over the stored set. A concurrent refresh loses nothing. A set that is replaced,
 * or not stored, is not revoked at the provider: at most providers it belongs to the same grant.
 * @throws Problem unavailable when the entry changed too often, or the identity was unlinked meanwhile
 */
export async function storeTokens(deps: StoreTokensDeps, about: SignInTokens): Promise<void> {
  const { identityId, userId, connection, tokens, furtherScopes = [] } = about;
  if (!tokens) return;
  const issued = storedSetOf(tokens, {
    traits: connection.connector.refresh,
    now: deps.clock.now(),
    origins: tokenOrigins(connection.registration),
  });
  const further = grantedOf(furtherScopes, issued, connection);
  const arrived = { ...issued, tokens: { ...issued.tokens, furtherScopes: further } };
  let grantState: GrantState | undefined;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const tried = await tryToStore(deps, { ...about, arrived, grantState });
    if (tried === 'changed') continue;
    if (tried === 'gone') {
      await deps.upstreamRevocations.enqueueTokens(about, arrived);
      break;
    }
    if ('identityId' in tried) {
      await writeGatheredEvents();
      grantState = await deps.checkGrant(about, tried);
      continue;
    }
    await deps.store.proveClient(connection.id, connection.registration.clientId);
    const subject = { identityId, userId, connection: connection.alias };
    await deps.events.record({ type: 'token.deposited', ...subject, detail: { ...tried } });
    return;
  }
  throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
}

/** Returns those of the requested scopes that the provider granted. */
function grantedOf(scopes: readonly string[], set: StoredSet, { connector }: Connection) {
  const lost = missingScopes(connector, set.scopes, scopes);
  return scopes.filter((scope) => !lost.includes(scope));
}

interface Try extends SignInTokens {
  readonly arrived: StoredSet;
  readonly grantState: GrantState | undefined;
}

/**
 * `kept`: the stored set is worth more. `changed`: the entry changed between read and save. `gone`: the identity was
 * unlinked.
 */
type Outcome = 'changed' | 'gone';

/** The outcome with the version of the entry. */
interface Stored {
  readonly outcome: 'new' | 'replaced' | 'kept';
  readonly version: number;
}

/** Reads, merges and saves once. Returns the entry if the provider has to be asked about its set first. */
async function tryToStore(
  { store, keyring, clock }: StoreTokensDeps,
  attempt: Try,
): Promise<Outcome | Stored | Entry> {
  const { identityId, connection, arrived } = attempt;
  const now = clock.now();
  const traits = connection.connector.refresh;
  const { clientId } = connection.registration;
  const entry = await store.find(identityId);
  if (!entry) {
    const owner = (await store.findOwners([identityId])).get(identityId);
    if (!owner) return 'gone';
    const sealed = sealStoredSet(keyring, arrived, { identityId, owner, version: 1, traits, clientId });
    const inserted = await store.insert({ identityId, connectionId: connection.id }, sealed, now);
    return inserted ? { outcome: 'new', version: 1 } : 'changed';
  }
  const merged = mergedWith(keyring, entry, { ...attempt, now });
  if (merged === 'ask first') return entry;
  if (merged === 'kept') return { outcome: 'kept', version: entry.version };
  const place = { identityId, owner: entry.owner, version: nextVersion(entry), traits, clientId };
  const sealed = sealStoredSet(keyring, merged, place);
  const saved = await store.supersede(entry, {
    tokens: sealed,
    now,
    by: 'arrival',
    revives: true,
  });
  return saved ? { outcome: 'replaced', version: place.version } : 'changed';
}

/** Returns the set to store, or the answer of `mergeArrived`. A set that does not open is replaced. */
function mergedWith(
  keyring: TokenKeyring,
  entry: Entry,
  { arrived, connection, replaces = false, grantState, now }: Try & { readonly now: Date },
): StoredSet | 'kept' | 'ask first' {
  const { connector, registration } = connection;
  const asked = isAsked(entry);
  // Nothing of a dead grant is worth keeping. That of a marked one lives: its refresh token may join the new set.
  if (hasEnded(entry, connection, now)) return arrived;
  try {
    const held = openStoredSet(keyring, entry);
    // The stored tokens are of another origin, so none of them can serve with the new ones.
    if (isMoved(connection, held.tokens.origins, 'serve')) return arrived;
    const doubted = entry.failures > 0 || entry.inDoubt || entry.unverified;
    // The person was asked for this sign-in, so its set is stored in any case.
    const known = asked ? ({ replaces: true, grantState: 'unknown' } as const) : { replaces, grantState };
    const facts = { connector, asked: registration.scopes, doubted, ...known };
    return mergeArrived(held, arrived, facts);
  } catch (error) {
    if (error instanceof UnreadableError) return arrived;
    throw error;
  }
}
