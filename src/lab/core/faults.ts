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
  /** True: the fault applies after the provider has processed the call, so that a rotated token is lost. */
  readonly after: boolean;
}

export type Faults = ReturnType<typeof createFaults>;

/** The armed faults of one profile. The oldest matching one applies first. */
export function createFaults() {
  const armed: Fault[] = [];
  let cleared = new AbortController();
  /** The signals that end the delay of a fault that was cleared after it was taken. */
  const struck = new WeakMap<Fault, AbortSignal>();
  return {
    armed: (): readonly Fault[] => armed,
    arm: (fault: Fault) => void armed.push(fault),
    /** Disarms all faults and ends their delays. */
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
