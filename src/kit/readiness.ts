import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from './clock.ts';

/** Conditions that have to hold so that this process can answer requests. They are looked at whenever a probe asks. */
export interface Readiness {
  /** `look` throws or rejects while it does not hold: with NotReadyError when the probe is to be told why. */
  require(name: string, look: () => void | Promise<void>): void;
  /** From now on it is not ready, since it is about to end. */
  leave(): void;
  /** Answers within two seconds, whatever hangs. */
  report(): Promise<ReadinessReport>;
}

export interface ReadinessReport {
  readonly ready: boolean;
  /** By name: `ok`, or in a few words why not. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Its message is shown to strangers. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
}

const longest = seconds(2);

export function createReadiness(): Readiness {
  const required = new Map<string, () => void | Promise<void>>();
  return {
    require: (name, look) => void required.set(name, look),
    leave: () =>
      void required.set('process', () => {
        throw new NotReadyError('the process is ending');
      }),
    async report() {
      const names = [...required.keys()];
      const results = await Promise.all([...required.values()].map(resultOf));
      const checks = Object.fromEntries(names.map((name, index) => [name, results[index] ?? 'ok']));
      return { ready: results.every((result) => result === 'ok'), checks };
    },
  };
}

async function resultOf(look: () => void | Promise<void>): Promise<string> {
  const impatience = new AbortController();
  const { signal } = impatience;
  const tooLate = pause(longest, 'no answer', { signal, ref: false }).catch(() => 'no answer');
  const looked = (async () => await look())().then(
    () => 'ok',
    (error: unknown) => (error instanceof NotReadyError ? error.message : 'fails'),
  );
  try {
    return await Promise.race([looked, tooLate]);
  } finally {
    impatience.abort();
  }
}
