import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from './clock.ts';

/** The conditions under which this process can answer requests. Each probe checks them. */
export interface Readiness {
  /** `check` throws or rejects while the condition does not hold; a NotReadyError tells the probe the reason. */
  require(name: string, check: () => void | Promise<void>): void;
  /** Makes the process not ready, since it is about to end. */
  leave(): void;
  /** Calls back when the process is about to end, so that answers without an end of their own get one. */
  onLeave(end: () => void): void;
  /** Returns within two seconds, even if a check does not. */
  report(): Promise<ReadinessReport>;
}

export interface ReadinessReport {
  readonly ready: boolean;
  /** By name: `ok`, or the reason in a few words. */
  readonly checks: Readonly<Record<string, string>>;
}

/** An unmet condition. Its message is public. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
}

/** Milliseconds after which a check counts as failed. */
const longestCheck = seconds(2);

export function createReadiness(): Readiness {
  const required = new Map<string, () => void | Promise<void>>();
  const leaving = new Set<() => void>();
  return {
    require: (name, check) => void required.set(name, check),
    leave() {
      required.set('process', () => {
        throw new NotReadyError('the process is ending');
      });
      for (const end of leaving) end();
    },
    onLeave: (end) => void leaving.add(end),
    async report() {
      const names = [...required.keys()];
      const results = await Promise.all([...required.values()].map(resultOf));
      const checks = Object.fromEntries(names.map((name, index) => [name, results[index] ?? 'ok']));
      return { ready: results.every((result) => result === 'ok'), checks };
    },
  };
}

async function resultOf(check: () => void | Promise<void>): Promise<string> {
  const settled = new AbortController();
  const { signal } = settled;
  const tooLate = pause(longestCheck, 'no answer', { signal, ref: false }).catch(() => 'no answer');
  const checked = (async () => await check())().then(
    () => 'ok',
    (error: unknown) => (error instanceof NotReadyError ? error.message : 'fails'),
  );
  try {
    return await Promise.race([checked, tooLate]);
  } finally {
    settled.abort();
  }
}
