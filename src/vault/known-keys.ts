import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '../kit/clock.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Entry } from './entry.ts';
import type { EntryStore } from './entry-store.ts';

/** Milliseconds for which a reader waits for the key of another process. */
const longestWait = seconds(2);

/**
 * Returns a store whose reads wait for an intermediate key that another process has just made. An entry of a known key is
 * returned as it is.
 */
export function withKnownKeys(store: EntryStore, keyring: Pick<Keyring, 'has' | 'learn'>): EntryStore {
  const known = async (entries: readonly Entry[]): Promise<void> => {
    const unknown = new Set(entries.map(({ keyId }) => keyId).filter((id) => !keyring.has(id)));
    if (unknown.size === 0) return;
    const settled = new AbortController();
    const learned = Promise.all([...unknown].map((id) => keyring.learn(id)));
    const late = pause(longestWait, undefined, { signal: settled.signal }).catch(() => undefined);
    await Promise.race([learned, late]);
    settled.abort();
  };
  const readable = (entry: Entry | undefined) => (entry && keyring.has(entry.keyId) ? entry : undefined);
  return {
    ...store,
    known: async (identityId) => readable(await store.known(identityId)),
    peek: (identityId) => readable(store.peek(identityId)),
    async find(identityId) {
      const entry = await store.find(identityId);
      if (entry && !keyring.has(entry.keyId)) await known([entry]);
      return entry;
    },
    async findMany(identityIds) {
      const entries = await store.findMany(identityIds);
      await known(entries);
      return entries;
    },
  };
}
