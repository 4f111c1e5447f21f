import type { RefreshTraits } from '../../connectors/contract/refresh-traits.ts';
import type { ForeignClaim } from '../../connectors/engine/refreshed-id-token.ts';
import type { Entry } from '../entry.ts';
import type { StoredSet } from '../stored-set.ts';

/** The provider's answer to a refresh, with the set and the client that it was requested with. */
export interface RefreshAnswer {
  readonly identityId: string;
  readonly userId: string;
  readonly connectionId: string;
  /** The owner of the entry and the wrapped key of its set. Undefined: spilled, so the entry is read again before the save. */
  readonly sealedFor?: Pick<Entry, 'owner' | 'wrappedKey'> | undefined;
  /** The version of the entry before the provider was asked. */
  readonly version: number;
  /** The time of the sign-in that stored that set; null: spilled by an earlier version, which did not note it. */
  readonly depositedAt: Date | null;
  /** The client id of the request; undefined: spilled by an earlier version, which did not note it. */
  readonly clientId?: string | undefined;
  readonly traits: Pick<RefreshTraits, 'how' | 'rotation'>;
  /** The stored set whose refresh token was sent. */
  readonly held: StoredSet;
  /** The set that the provider issued, not merged yet. */
  readonly refreshed: StoredSet;
  /** The claim of the ID token that names another person, issuer or client. Such a set is stored and never returned. */
  readonly foreign?: ForeignClaim | undefined;
}
