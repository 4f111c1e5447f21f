import { type Clock, seconds } from '../clock.ts';
import { NotReadyError } from '../readiness.ts';
import { KeyListError, type KeyProvider } from './key-provider.ts';
import type { Keyring } from './keyring.ts';
import type { LastingRows } from './sealed-rows.ts';

export interface KeyWatchDeps {
  readonly provider: KeyProvider;
  readonly keyring: Pick<Keyring, 'has' | 'learn'>;
  readonly sealed: readonly Pick<LastingRows, 'keysInUse'>[];
  /** Returns whether the key that seals has come to the limit of its use. */
  readonly isUsedUp?: () => boolean;
  readonly clock: Clock;
}

/** Milliseconds. The check reads several tables, so its result is cached for this long. */
const interval = seconds(15);

/**
 * Checks that the key provider returns the keys, and that none is missing that seals values, such as a new key of another
 * process. @throws NotReadyError
 */
export function createKeyWatch({
  provider,
  keyring,
  sealed,
  isUsedUp,
  clock,
}: KeyWatchDeps): () => Promise<void> {
  let lastCheck: { readonly at: number; readonly missing: Promise<boolean> } | undefined;
  const findMissing = async () => {
    const used = await Promise.all(sealed.map((rows) => rows.keysInUse()));
    const unknown = [...new Set(used.flat())].filter((id) => !keyring.has(id));
    await Promise.all(unknown.map((id) => keyring.learn(id)));
    return unknown.some((id) => !keyring.has(id));
  };
  const missing = () => {
    const now = clock.now().getTime();
    if (!lastCheck || now - lastCheck.at >= interval) {
      const found = findMissing();
      lastCheck = { at: now, missing: found };
      found.catch(() => {
        lastCheck = undefined;
      });
    }
    return lastCheck.missing;
  };

  return async () => {
    try {
      await provider.load();
    } catch (error) {
      if (error instanceof KeyListError) throw new NotReadyError('the encryption keys cannot be read');
      throw error;
    }
    if (isUsedUp?.()) throw new NotReadyError('an encryption key is used up');
    if (await missing()) throw new NotReadyError('an encryption key is missing');
  };
}
