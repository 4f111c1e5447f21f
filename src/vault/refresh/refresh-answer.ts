import type { RefreshTraits } from '../../connectors/contract/refresh-traits.ts';
import type { ForeignClaim } from '../../connectors/engine/refreshed-id-token.ts';
import type { StoredSet } from '../stored-set.ts';

/** What a provider answered to a refresh, and what it was asked with. */
export interface RefreshAnswer {
  readonly identityId: string;
  readonly userId: string;
  readonly connectionId: string;
  /** Of the entry that was read before the provider was asked. */
  readonly version: number;
  /** When the person gave what was read then; null: spilled by an earlier version, which did not note it. */
  readonly depositedAt: Date | null;
  /** That was asked; undefined: spilled by an earlier version, which did not note it. */
  readonly clientId?: string | undefined;
  readonly traits: Pick<RefreshTraits, 'how' | 'rotation'>;
  readonly held: StoredSet;
  readonly refreshed: StoredSet;
  /** The claim by which the ID token beside it is another's: kept, and never handed out. */
  readonly foreign?: ForeignClaim | undefined;
}
