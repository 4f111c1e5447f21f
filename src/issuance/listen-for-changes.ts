import { after, hours } from '../kit/clock.ts';
import { listen, type Notifications } from '../kit/database/notifications.ts';
import { createInFlight } from '../kit/in-flight.ts';
import { consentChannel } from './consent/consent-store.ts';
import { signingKeyChannel } from './keys/signing-key-store.ts';
import type { IssuanceDeps } from './ports.ts';
import { registrationChannel } from './registry/registration-channel.ts';
import { revocationChannel } from './revocation/revocation-store.ts';
import type { IssuanceStores } from './stores.ts';

/** Each process writes its own clock's time into a revocation, clocks can differ, and a transaction can commit late. */
const margin = hours(1);

/**
 * Listens for revocations and for changed keys, apps, APIs, connections and consents of other processes. Reloads them after the LISTEN
 * connection was lost: of revocations those since then, and all if this is not the database of before.
 */
export async function listenForChanges(
  {
    database,
    log,
    listenObserver,
    connectionChanges,
    brandingChanges,
    cachedRows,
  }: Pick<
    IssuanceDeps,
    'database' | 'log' | 'listenObserver' | 'connectionChanges' | 'brandingChanges' | 'cachedRows'
  >,
  {
    revocations,
    artifacts,
    keys,
    apps,
    apis,
    admission,
    standingScopes,
  }: Pick<
    IssuanceStores,
    'revocations' | 'artifacts' | 'keys' | 'apps' | 'apis' | 'admission' | 'standingScopes'
  >,
  rebuild: () => void,
): Promise<Notifications> {
  const reloadKeys = async () => {
    if (await keys.reload()) rebuild();
  };
  const reloads = createInFlight();
  const keysChanged = () => {
    reloads.add(
      reloadKeys().catch((error: unknown) => log.error({ err: error }, 'cannot read the signing keys')),
    );
  };
  const registrationsChanged = () => {
    apps.clearCache();
    apis.clearCache();
    admission.clearCache();
  };
  const clearCaches = () => {
    connectionChanges?.clearCache();
    brandingChanges?.clearCache();
    registrationsChanged();
    standingScopes.clearCache();
    cachedRows?.clear();
  };
  const notifications = await listen({
    connection: database.session,
    async notify(channel, message) {
      await database.pool.query('SELECT pg_notify($1, $2)', [channel, message]);
    },
    log,
    heard: database.heard,
    channels: {
      ...cachedRows?.channels,
      [revocationChannel]: revocations.receive,
      [signingKeyChannel]: keysChanged,
      [registrationChannel]: registrationsChanged,
      [consentChannel]: standingScopes.receive,
      // A cached app holds the aliases of its policy's connections, so both caches are cleared.
      ...(connectionChanges && { [connectionChanges.channel]: clearCaches }),
      ...(brandingChanges && { [brandingChanges.channel]: brandingChanges.clearCache }),
    },
    onLost: () => listenObserver?.lost(),
    // `first`: the process starts. `behind`: the database has lost its last commits.
    onListening: async ({ first, behind, heardUntil }) => {
      clearCaches();
      const since = heardUntil && after(heardUntil, -margin);
      const [revoked] = await Promise.all([revocations.load(since), reloadKeys()]);
      await artifacts.dropRevoked(revoked);
      if (!first) await listenObserver?.resumed({ behind, revoked: revoked.length });
    },
    whileDisconnected: async () => {
      clearCaches();
      await Promise.all([revocations.loadRecent(), reloadKeys()]);
    },
  });

  return {
    isListening: notifications.isListening,
    async close() {
      await notifications.close();
      await reloads.settled();
    },
  };
}
