import { userInfo } from 'node:os';
import type { Broker } from '../assembly/broker.ts';
import { type OpenStore, openStore, type StoreOptions } from '../assembly/open-store.ts';
import { readConfig } from '../config.ts';
import { createEventMark } from '../kit/events/event-mark.ts';
import { createEvents, type Events } from '../kit/events/events.ts';
import { createLog } from '../kit/log.ts';
import { type Actor, runAs } from '../kit/request-context.ts';

/** Opens the configured database and migrates it, for one command. */
export async function withDatabase<T>(
  use: (store: OpenStore) => Promise<T>,
  options: StoreOptions = {},
): Promise<T> {
  await using opened = new AsyncDisposableStack();
  const store = await openStore(readConfig(), opened, { ...options, command: true });
  return await runAs(operator(), () => use(store));
}

/** Returns the audit log, in which commands record their actions as the admin API does. */
export function eventsOf({ database, keyring }: Pick<OpenStore, 'database' | 'keyring'>): Events {
  return createEvents(database.pool, createLog('warn', process.stderr), createEventMark(keyring));
}

/** Runs `use` with a broker that listens on no port. */
export async function withBroker<T>(
  use: (broker: Broker, store: OpenStore) => Promise<T>,
  options: StoreOptions = {},
): Promise<T> {
  const config = readConfig();
  await using opened = new AsyncDisposableStack();
  const store = await openStore(config, opened, { ...options, command: true });
  const { database, keyring, rowTags, clock } = store;
  const { createBroker } = await import('../assembly/broker.ts');
  const broker = await createBroker({
    issuer: config.issuer,
    realm: config.realm,
    trustedProxyHops: config.trustedProxyHops,
    allowLoopbackHosts: !config.production,
    // The broker of developer mode may call localhost too.
    allowedPrivateHosts: [...config.allowedPrivateHosts, ...(config.lab ? ['localhost'] : [])],
    adminApiToken: config.adminApiToken,
    spillDirectory: config.unsavedDirectory,
    database,
    keyring,
    rowTags,
    clock,
    log: createLog('warn', process.stderr),
  });
  opened.defer(() => broker.close());
  return await runAs(operator(), () => use(broker, store));
}

/** Returns the actor of a command: the user of the operating system, or null if the user id has no name. */
export function operator(): Actor {
  try {
    return { kind: 'cli', id: userInfo().username };
  } catch {
    return { kind: 'cli', id: null };
  }
}
