import { setTimeout as sleep } from 'node:timers/promises';

export const faultTargets = ['token', 'refresh', 'profile', 'revoke', 'api', 'discovery', 'jwks'] as const;
export const commonFaults = [
  '500',
  '503',
  '429',
  'timeout',
  'reset',
  'html',
  'error_200',
  'invalid_grant',
  'invalid_client',
  'omit_refresh_token',
  'narrow_scope',
  'none',
] as const;

export interface Fault {
  readonly on: (typeof faultTargets)[number];
  readonly fault: string;
  times: number;
  readonly delay_ms: number;
  /** Strikes once the provider has done its work, so that a rotation is lost on the way back. */
  readonly after: boolean;
}

export type Faults = ReturnType<typeof createFaults>;

/** Armed faults of one profile; the oldest that fits strikes first. */
export function createFaults() {
  const armed: Fault[] = [];
  let cleared = new AbortController();
  /** A fault that is cleared between its striking and its delay does not wait either. */
  const struck = new WeakMap<Fault, AbortSignal>();
  return {
    armed: (): readonly Fault[] => armed,
    arm: (fault: Fault) => void armed.push(fault),
    /** What waits by a fault goes on. */
    clear() {
      armed.splice(0);
      cleared.abort();
      cleared = new AbortController();
    },
    async delay(fault: Fault): Promise<void> {
      const { delay_ms: milliseconds } = fault;
      const { signal } = struck.has(fault) ? { signal: struck.get(fault) } : cleared;
      if (milliseconds > 0)
        await sleep(milliseconds, undefined, { ref: false, signal }).catch(() => undefined);
    },
    take(kind: string): Fault | null {
      const fault = armed.find(({ on }) => on === kind);
      if (fault === undefined) return null;
      fault.times -= 1;
      struck.set(fault, cleared.signal);
      if (fault.times <= 0) armed.splice(armed.indexOf(fault), 1);
      return fault;
    },
  };
}
