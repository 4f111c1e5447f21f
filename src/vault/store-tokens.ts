import { missingScopes } from '../connectors/contract/scope-cover.ts';
import type { TokenSet } from '../connectors/contract/upstream-sign-in.ts';
import type { Clock } from '../kit/clock.ts';
import { isForeignKeyViolation } from '../kit/database/database.ts';
import type { Events } from '../kit/events/events.ts';
import { type Keyring, UnreadableError } from '../kit/keys/keyring.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { Entry } from './entry.ts';
import type { EntryStore } from './entry-store.ts';
import type { GrantCheck } from './grant-check.ts';
import { hasEnded } from './refresh/decide.ts';
import { type GrantState, mergeArrived } from './refresh/merge.ts';
import type { IdentityAtConnection } from './refresh/refresh-deps.ts';
import { openStoredSet, type StoredSet, sealStoredSet, storedSetOf, type UnstoredSet } from './stored-set.ts';

export interface SignInTokens {
  readonly identityId: string;
  readonly userId: string;
  /** The provider's subject of the identity. */
  readonly subject: string;
  readonly connection: Connection;
  /** Undefined: the provider issues none, and there is nothing to keep. */
  readonly tokens: TokenSet | undefined;
  /** Scopes that were asked for beyond those of the connection. */
  readonly furtherScopes?: readonly string[] | undefined;
  /** The person has authorized this very account again, so that it takes the place of what is held. */
  readonly replaces?: boolean | undefined;
}

export interface StoreTokensDeps {
  readonly store: EntryStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly events: Events;
  /** Asks the provider about what is held, and not for long. */
  readonly checkGrant: GrantCheck;
  /** Takes a token set whose identity was unlinked during the sign-in. */
  readonly upstreamRevocations: {
    enqueueTokens(target: IdentityAtConnection, issued: UnstoredSet): Promise<void>;
  };
}

// A set moves on when a refresh or another sign-in is saved at the same moment; so often in a row nothing does.
const mostTries = 20;

/**
 * Keeps what a sign-in brought, merged over what is held. A refresh under way at the same time loses nothing. A set that
 * is replaced, or not kept, is not ended at the provider: mostly it is the same grant there.
 */
export async function storeTokens(deps: StoreTokensDeps, about: SignInTokens): Promise<void> {
  const { identityId, userId, connection, tokens, furtherScopes = [] } = about;
  if (!tokens) return;
  const brought = storedSetOf(tokens, connection.connector.refresh, deps.clock.now());
  const further = grantedOf(furtherScopes, brought, connection);
  const arrived = { ...brought, tokens: { ...brought.tokens, furtherScopes: further } };
  let grantState: GrantState | undefined;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const outcome = await tryDeposit(deps, { ...about, arrived, grantState });
    if (outcome === 'moved on') continue;
    if (typeof outcome !== 'string') {
      grantState = await deps.checkGrant(about, outcome);
      continue;
    }
    if (outcome === 'gone') {
      await deps.upstreamRevocations.enqueueTokens(about, arrived);
      break;
    }
    await deps.store.proveClient(connection.id, connection.registration.clientId);
    const subject = { identityId, userId, connection: connection.alias };
    await deps.events.record({ type: 'token.deposited', ...subject, detail: { outcome } });
    return;
  }
  throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
}

function grantedOf(scopes: readonly string[], holding: StoredSet, { connector }: Connection) {
  const lost = missingScopes(connector, holding.scopes, scopes);
  return scopes.filter((scope) => !lost.includes(scope));
}

interface Try extends SignInTokens {
  readonly arrived: StoredSet;
  readonly grantState: GrantState | undefined;
}

type Outcome = 'new' | 'replaced' | 'kept' | 'moved on' | 'gone';

/** Returns the entry when it has to be asked about first. */
async function tryDeposit(
  { store, keyring, clock }: StoreTokensDeps,
  attempt: Try,
): Promise<Outcome | Entry> {
  const { identityId, connection, arrived } = attempt;
  const now = clock.now();
  const traits = connection.connector.refresh;
  const { clientId } = connection.registration;
  const entry = await store.find(identityId);
  if (!entry) {
    const sealed = sealStoredSet(keyring, arrived, { identityId, version: 1, traits, clientId });
    try {
      const inserted = await store.insert({ identityId, connectionId: connection.id }, sealed, now);
      return inserted ? 'new' : 'moved on';
    } catch (error) {
      if (isForeignKeyViolation(error)) return 'gone';
      throw error;
    }
  }
  const merged = mergedWith(keyring, entry, { ...attempt, now });
  if (merged === 'in question') return entry;
  if (merged === 'kept') return 'kept';
  const place = { identityId, version: entry.version + 1, traits, clientId };
  const sealed = sealStoredSet(keyring, merged, place);
  const saved = await store.supersede(entry, {
    tokens: sealed,
    now,
    by: 'arrival',
    revives: true,
  });
  return saved ? 'replaced' : 'moved on';
}

function mergedWith(
  keyring: Keyring,
  entry: Entry,
  { arrived, connection, replaces = false, grantState, now }: Try & { readonly now: Date },
): StoredSet | 'kept' | 'in question' {
  const { connector, registration } = connection;
  // A dead grant has nothing worth keeping.
  if (hasEnded(entry, connection, now)) return arrived;
  try {
    const doubted = entry.failures > 0 || entry.inDoubt || entry.unverified;
    const meeting = { connector, asked: registration.scopes, replaces, grantState, doubted };
    return mergeArrived(openStoredSet(keyring, entry), arrived, meeting);
  } catch (error) {
    if (error instanceof UnreadableError) return arrived;
    throw error;
  }
}
