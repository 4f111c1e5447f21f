import type { RefreshTraits } from '../connectors/contract/refresh-traits.ts';
import { days } from '../kit/clock.ts';
import type { Entry } from './entry.ts';
import { endNoticeDays } from './standing.ts';

/** Milliseconds. An entry counts as expiring this long before an end that no refresh moves. */
export const endNotice = days(endNoticeDays);

type Ends = Pick<Entry, 'refreshable' | 'accessExpiresAt' | 'refreshExpiresAt' | 'absoluteCapAt'>;

/** Returns the earliest end that no refresh moves. Null: there is none, or it is not known. */
export function endOf(
  { refreshable, accessExpiresAt, refreshExpiresAt, absoluteCapAt }: Ends,
  { how }: Pick<RefreshTraits, 'how'>,
): Date | null {
  const endsWithAccess = !refreshable || how === 'exchange-live-token';
  const ends = [refreshExpiresAt, absoluteCapAt, endsWithAccess ? accessExpiresAt : null];
  return ends.reduce((first, end) => (end && !(first && first <= end) ? end : first), null);
}
