import type { Clock } from '../../kit/clock.ts';
import type { Call } from './wire.ts';

export const countedKinds = ['authorize', 'token', 'refresh', 'profile', 'revoke', 'api'] as const;
export type CountedKind = (typeof countedKinds)[number];
export type CallKind = CountedKind | 'consent' | 'discovery' | 'jwks' | 'unknown';

export interface LogEntry {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly kind: CallKind;
  /** 0 while there is no answer, or if there never was one. */
  status: number;
  readonly params: readonly string[];
  fault: string | null;
}

export type CallLog = ReturnType<typeof createCallLog>;

const keep = 5000;
const secretNames =
  /^(code|auth_?code|password|sign(ature)?|signed_request|.*(secret|token|verifier|proof|assertion|cookie))$/i;

export function createCallLog(clock: Clock) {
  const entries: LogEntry[] = [];
  const counters: Record<CountedKind, number> = Object.fromEntries(
    countedKinds.map((kind) => [kind, 0]),
  ) as Record<CountedKind, number>;

  return {
    entries: () => entries,
    counters: () => counters,
    /** Adds a call; the caller sets its status later. */
    add(call: Call, kind: CallKind): LogEntry {
      if (isCounted(kind)) counters[kind] += 1;
      const { method } = call;
      const at = clock.now().toISOString();
      const entry = { at, method, path: masked(call), kind, status: 0, params: names(call), fault: null };
      entries.push(entry);
      if (entries.length > keep) entries.shift();
      return entry;
    },
    clear(): void {
      entries.length = 0;
      for (const kind of countedKinds) counters[kind] = 0;
    },
  };
}

function isCounted(kind: CallKind): kind is CountedKind {
  return countedKinds.some((counted) => counted === kind);
}

function names(call: Call): string[] {
  return [...new Set([...call.query.keys(), ...call.form.keys(), ...Object.keys(call.json)])];
}

function masked(call: Call): string {
  const shown = (path: string, [name, value]: [string, string]) =>
    value !== '' && secretNames.test(name) ? path.replaceAll(encodeURIComponent(value), '***') : path;
  const path = Object.entries(call.params).reduce(shown, call.path.split('?')[0] ?? '');
  const query = [...call.query].map(
    ([name, value]) =>
      `${encodeURIComponent(name)}=${secretNames.test(name) ? '***' : encodeURIComponent(value)}`,
  );
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}
