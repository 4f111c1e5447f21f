import { after, type Clock, hours, seconds } from '../kit/clock.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import type { Connection } from '../login/connections.ts';
import type { Description, DescriptionStore } from './description-store.ts';
import { endOf } from './ends.ts';
import type { Entry } from './entry.ts';
import type { EntryReads } from './entry-store.ts';
import { openTokens } from './entry-tokens.ts';
import { describedOrigins } from './stored-set.ts';
import type { TokenKeyring } from './token-keyring.ts';

export interface DescribeDeps {
  readonly store: DescriptionStore;
  readonly entries: Pick<EntryReads, 'findMany'>;
  readonly keyring: TokenKeyring;
  readonly connections: () => Promise<readonly Connection[]>;
  readonly clock: Clock;
  /** Entries of one statement. */
  readonly batch?: number;
}

/** Milliseconds. A run ends after this time, and the next one goes on. */
const longestRun = seconds(20);
/** Longer than processes of two releases run side by side. */
const deployment = hours(2);

/**
 * Describes the entries that another version of the broker has saved, and those of a connector whose traits have changed.
 * A process that saves a set describes it at once. Returns the number of entries described.
 */
export async function describeEntries(deps: DescribeDeps): Promise<number> {
  const { store, entries, connections, clock, batch = 500 } = deps;
  const all = await connections();
  const until = after(clock.now(), longestRun);
  const isOver = () => clock.now() >= until;
  await compareTraits(deps, all);
  const byId = new Map(all.map((connection) => [connection.id, connection]));
  let count = 0;
  let last = '';
  while (!isOver()) {
    const ids = await store.undescribed(last, batch);
    if (ids.length === 0) break;
    last = ids.at(-1) ?? last;
    const found = await entries.findMany(ids);
    count += await store.describe(found.map((entry) => describe(deps.keyring, entry, byId)));
  }
  return count;
}

/** Makes the entries of connections undescribed whose connector has other traits now. */
async function compareTraits({ store, clock, batch = 500 }: DescribeDeps, all: readonly Connection[]) {
  const known = await store.traits();
  for (const { id, connector } of all) {
    const live = connector.refresh.how === 'exchange-live-token';
    const before = known.get(id);
    const now = clock.now();
    const isAgain = before?.live === live && before.againAt !== null && before.againAt <= now;
    if (before?.live === live && !isAgain) continue;
    if (before) await forgetAll(store, id, batch);
    await store.noteTraits(id, { live, againAt: before && !isAgain ? after(now, deployment) : null });
  }
}

async function forgetAll(store: DescriptionStore, connectionId: string, batch: number): Promise<void> {
  let last: string | undefined = '';
  while (last !== undefined) last = await store.forget(connectionId, last, 10 * batch);
}

function describe(
  keyring: TokenKeyring,
  entry: Entry,
  connections: ReadonlyMap<string, Connection>,
): Description {
  const { identityId, version, owner } = entry;
  const connection = connections.get(owner[1]);
  const traits = connection?.connector.refresh ?? ({ how: 'none' } as const);
  return {
    ...{ identityId, version },
    endsAt: endOf(entry, traits),
    origins: originsOf(keyring, entry),
  };
}

/** A set that does not open has no origins that it could have moved from. */
function originsOf(keyring: TokenKeyring, entry: Entry): string | null {
  try {
    return describedOrigins(openTokens(keyring, entry));
  } catch (error) {
    if (error instanceof UnreadableError) return '';
    throw error;
  }
}
