import { listen, type Notifications } from '../kit/database/notifications.ts';
import { signingKeyChannel } from './keys/signing-key-store.ts';
import type { IssuanceDeps } from './ports.ts';
import { registrationChannel } from './registry/registration-channel.ts';
import { revocationChannel } from './revocation/revocation-store.ts';
import type { IssuanceStores } from './stores.ts';

/** Hears what other processes revoke and which keys, apps and APIs they change, and reads it all when it has been deaf. */
export async function listenForChanges(
  {
    database,
    log,
    listenObserver,
    connectionChanges,
  }: Pick<IssuanceDeps, 'database' | 'log' | 'listenObserver' | 'connectionChanges'>,
  {
    revocations,
    artifacts,
    keys,
    apps,
    apis,
  }: Pick<IssuanceStores, 'revocations' | 'artifacts' | 'keys' | 'apps' | 'apis'>,
  rebuild: () => void,
): Promise<Notifications> {
  const readKeys = async () => {
    if (await keys.reload()) rebuild();
  };
  const reading = new Set<Promise<void>>();
  const keysChanged = () => {
    const read = readKeys()
      .catch((error: unknown) => log.error({ err: error }, 'cannot read the signing keys'))
      .finally(() => reading.delete(read));
    reading.add(read);
  };
  const registrationsChanged = () => {
    apps.clearCache();
    apis.clearCache();
  };
  const clearCaches = () => {
    connectionChanges?.clearCache();
    registrationsChanged();
  };
  const notifications = await listen({
    connection: database.session,
    async tell(channel, message) {
      await database.pool.query('SELECT pg_notify($1, $2)', [channel, message]);
    },
    log,
    channels: {
      [revocationChannel]: revocations.receive,
      [signingKeyChannel]: keysChanged,
      [registrationChannel]: registrationsChanged,
      // The policy of an app goes with the connections in it.
      ...(connectionChanges && { [connectionChanges.channel]: clearCaches }),
    },
    onLost: () => listenObserver?.lost(),
    onListening: async ({ first, behind }) => {
      clearCaches();
      const [revoked] = await Promise.all([revocations.load(), readKeys()]);
      await artifacts.dropRevoked(revoked);
      if (!first) await listenObserver?.resumed({ behind, revoked: revoked.length });
    },
    whileDeaf: async () => {
      clearCaches();
      await Promise.all([revocations.catchUp(), readKeys()]);
    },
  });

  return {
    heard: notifications.heard,
    async close() {
      await notifications.close();
      await Promise.all(reading);
    },
  };
}
