import type { Core } from './core.ts';
import { listen, type Notifications } from './notifications.ts';
import type { IssuanceDeps } from './ports.ts';
import { revocationChannel } from './revocation-store.ts';
import { signingKeyChannel } from './signing-key-store.ts';

/** Hears what other processes revoke and which keys they make, and reads it all when it has been deaf. */
export async function keepUp(
  { database, log }: Pick<IssuanceDeps, 'database' | 'log'>,
  { revocations, keys }: Pick<Core, 'revocations' | 'keys'>,
  rebuild: () => void,
): Promise<Notifications> {
  const readKeys = async () => {
    if (await keys.reload()) rebuild();
  };
  const keysChanged = () => {
    readKeys().catch((error: unknown) => log.error({ err: error }, 'cannot read the signing keys'));
  };
  return await listen({
    connection: database.session,
    log,
    channels: { [revocationChannel]: revocations.receive, [signingKeyChannel]: keysChanged },
    onListening: async () => {
      await Promise.all([revocations.load(), readKeys()]);
    },
  });
}
