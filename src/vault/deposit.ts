import type { TokenSet } from '../connectors/arrived.ts';
import type { Clock } from '../kit/clock.ts';
import { isForeignKeyViolation } from '../kit/database.ts';
import type { Events } from '../kit/events.ts';
import { type Keyring, UnreadableError } from '../kit/keyring.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { Entry } from './entry.ts';
import type { EntryStore } from './entry-store.ts';
import { type Holding, holdingOf, type Issued, openHolding, sealHolding } from './holding.ts';
import { mergeDeposited } from './merge.ts';

export interface Deposit {
  readonly identityId: string;
  readonly userId: string;
  readonly connection: Connection;
  /** Undefined: the provider issues none, and there is nothing to keep. */
  readonly tokens: TokenSet | undefined;
}

export interface DepositDeps {
  readonly store: EntryStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly events: Events;
  /** What becomes of a token set whose identity was unlinked during the sign-in. */
  readonly departures: { followUp(target: Omit<Deposit, 'tokens'>, issued: Issued): Promise<void> };
}

// A set moves on when a refresh or another sign-in is saved at the same moment; so often in a row nothing does.
const mostTries = 20;

/** Keeps what a sign-in brought, merged over what is held. A refresh under way at the same time loses nothing. */
export async function deposit(deps: DepositDeps, about: Deposit): Promise<void> {
  const { identityId, userId, connection, tokens } = about;
  if (!tokens) return;
  const subject = { identityId, userId, connection: connection.alias };
  for (let tries = 0; tries < mostTries; tries += 1) {
    const outcome = await tryDeposit(deps, { ...about, tokens });
    if (outcome === 'moved on') continue;
    if (outcome === 'gone') {
      await deps.departures.followUp(
        about,
        holdingOf(tokens, connection.connector.refresh, deps.clock.now()),
      );
      break;
    }
    await deps.events.record({ type: 'token.deposited', ...subject, detail: { outcome } });
    return;
  }
  throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
}

type Outcome = 'new' | 'replaced' | 'kept' | 'moved on' | 'gone';

async function tryDeposit(
  { store, keyring, clock }: DepositDeps,
  { identityId, tokens, connection }: Deposit & { readonly tokens: TokenSet },
): Promise<Outcome> {
  const now = clock.now();
  const traits = connection.connector.refresh;
  const arrived = holdingOf(tokens, traits, now);
  const entry = await store.find(identityId);
  if (!entry) {
    const sealed = sealHolding(keyring, arrived, { identityId, version: 1, traits });
    try {
      const inserted = await store.insert({ identityId, connectionId: connection.id }, sealed, now);
      return inserted ? 'new' : 'moved on';
    } catch (error) {
      if (isForeignKeyViolation(error)) return 'gone';
      throw error;
    }
  }
  const merged = mergedWith(keyring, entry, { arrived, now });
  if (!merged) return 'kept';
  const sealed = sealHolding(keyring, merged, { identityId, version: entry.version + 1, traits });
  const saved = await store.supersede(identityId, entry.version, {
    tokens: sealed,
    now,
    by: 'deposit',
    revives: true,
  });
  return saved ? 'replaced' : 'moved on';
}

function mergedWith(
  keyring: Keyring,
  entry: Entry,
  { arrived, now }: { readonly arrived: Holding; readonly now: Date },
): Holding | undefined {
  // A dead grant has nothing worth keeping.
  if (entry.state !== 'active') return arrived;
  try {
    return mergeDeposited(openHolding(keyring, entry), arrived, now);
  } catch (error) {
    if (error instanceof UnreadableError) return arrived;
    throw error;
  }
}
