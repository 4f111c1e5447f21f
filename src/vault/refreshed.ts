import type { RefreshTraits } from '../connectors/refresh-traits.ts';
import type { Holding } from './holding.ts';

/** What a provider answered to a refresh, and what it was asked with. */
export interface Refreshed {
  readonly identityId: string;
  readonly userId: string;
  readonly connectionId: string;
  /** Of the entry that was read before the provider was asked. */
  readonly version: number;
  readonly traits: Pick<RefreshTraits, 'how' | 'rotation'>;
  readonly held: Holding;
  readonly refreshed: Holding;
}
