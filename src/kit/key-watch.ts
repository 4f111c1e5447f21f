import { type Clock, seconds } from './clock.ts';
import { takeCensus } from './key-census.ts';
import { KeyListError, type KeyProvider } from './key-provider.ts';
import type { Keyring } from './keyring.ts';
import { NotReadyError } from './readiness.ts';
import type { SealedRows } from './sealed-rows.ts';

export interface KeyWatchDeps {
  readonly provider: KeyProvider;
  readonly keyring: Keyring;
  readonly sealed: readonly SealedRows[];
  readonly clock: Clock;
}

/** The check counts sealed rows, so it does not run at each probe. */
const interval = seconds(15);

/**
 * Whether the encryption keys are at hand: their provider hands them out, and none is missing that something is sealed
 * with, as one that another process has begun to write with. @throws NotReadyError
 */
export function createKeyWatch({ provider, keyring, sealed, clock }: KeyWatchDeps): () => Promise<void> {
  let census: { readonly at: number; readonly missing: Promise<boolean> } | undefined;
  const missing = () => {
    const now = clock.now().getTime();
    if (!census || now - census.at >= interval) {
      const taken = takeCensus(keyring, sealed).then((uses) =>
        uses.some(({ standing }) => standing === 'missing'),
      );
      census = { at: now, missing: taken };
      taken.catch(() => {
        census = undefined;
      });
    }
    return census.missing;
  };

  return async () => {
    try {
      await provider.load();
    } catch (error) {
      if (error instanceof KeyListError) throw new NotReadyError('the encryption keys cannot be read');
      throw error;
    }
    if (await missing()) throw new NotReadyError('an encryption key is missing');
  };
}
