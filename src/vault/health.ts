import type { DeadReason } from '../connectors/contract/failures.ts';
import type { RefreshTraits } from '../connectors/contract/refresh-traits.ts';
import { endNotice, endOf } from './ends.ts';
import type { Entry } from './entry.ts';
import { awaitsScopes, decide } from './refresh/decide.ts';

export type HealthState =
  | 'active'
  | 'expiring'
  | 'refreshing'
  | 'retrying'
  | 'reauthorization_required'
  | 'revoked';

/** The state of a stored token for pages and APIs that must not show the token. */
export interface Health {
  readonly state: HealthState;
  readonly reason: DeadReason | null;
  readonly since: Date;
  readonly scopes: readonly string[];
  /** The scopes are unknown, and the provider may state them. */
  readonly awaitsScopes: boolean;
  readonly expiresAt: Date | null;
  readonly refreshExpiresAt: Date | null;
  /** The earliest end that no refresh moves. Null: there is none, or the grant has ended. */
  readonly endsAt: Date | null;
  readonly refreshable: boolean;
  readonly lastRefreshedAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastError: string | null;
  /** The provider's words at its last refusal, shortened; for admins alone. */
  readonly lastWords: string | null;
  readonly keyId: string;
}

export interface HealthFacts {
  readonly now: Date;
  /** The connection's present client, which the tokens may not belong to. */
  readonly clientId: string;
  /** When the connection moved to an origin that the tokens are not of. Undefined: it is theirs. */
  readonly movedAt?: Date | undefined;
  /** The provider can be asked for the scopes of a token. */
  readonly statesScopes?: boolean;
}

/** Returns the health of an entry. */
export function healthOf(
  entry: Entry,
  traits: RefreshTraits,
  { now, clientId, movedAt, statesScopes = false }: HealthFacts,
): Health {
  // A token counts as long as it is valid, to the millisecond.
  const needs = { minTtl: 1, refreshedSince: undefined };
  const decision = decide(entry, traits, { needs, now, clientId });
  const moved = movedAt && ({ reason: 'origin_changed', since: movedAt } as const);
  const dead = decision.kind === 'dead' ? decision : moved;
  return {
    state:
      entry.state === 'revoked'
        ? 'revoked'
        : dead
          ? 'reauthorization_required'
          : decision.kind === 'other client'
            ? 'retrying'
            : livingState(entry, traits, now),
    reason: dead?.reason ?? null,
    since: dead?.since ?? entry.stateSince,
    scopes: entry.grantedScopes,
    awaitsScopes: awaitsScopes(entry) || (statesScopes && entry.grantedScopes.length === 0),
    expiresAt: entry.accessExpiresAt,
    refreshExpiresAt: entry.refreshExpiresAt,
    endsAt: dead ? null : endOf(entry, traits),
    refreshable: entry.refreshable,
    lastRefreshedAt: entry.lastRefreshedAt,
    lastUsedAt: entry.lastUsedAt,
    lastError: decision.kind === 'other client' ? 'client_changed' : entry.lastError,
    lastWords: entry.refusedWords,
    keyId: entry.keyId,
  };
}

/** Returns the state of an entry whose grant is not dead. */
function livingState(entry: Entry, traits: RefreshTraits, now: Date): HealthState {
  if (entry.leaseUntil && entry.leaseUntil > now) return 'refreshing';
  if (entry.failures > 0 || entry.unverified) return 'retrying';
  const end = endOf(entry, traits);
  return end && end.getTime() - now.getTime() < endNotice ? 'expiring' : 'active';
}
