import type { CachedRows } from '../issuance/ports.ts';
import type { HeardRows } from '../kit/database/heard-rows.ts';

type Told = Pick<HeardRows<never>, 'changed' | 'clear'>;

/** Returns the channels by which the triggers of the database tell of changed rows, and the caches that listen to them. */
export function cachedRows(
  { saves: { cached: entries } }: { readonly saves: { readonly cached: Told } },
  { cachedBriefs: briefs }: { readonly cachedBriefs: Told },
): CachedRows {
  return {
    channels: {
      symbolon_entry: entries.changed,
      // An entry is cached with the owner that its identity has.
      symbolon_identity(message) {
        const [identityId = '', userId = ''] = message.split(' ');
        entries.changed(identityId);
        briefs.changed(userId);
      },
    },
    clear() {
      entries.clear();
      briefs.clear();
    },
  };
}
