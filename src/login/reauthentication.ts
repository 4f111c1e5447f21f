import type { Connector } from '../connectors/contract/contract.ts';
import { seconds } from '../kit/clock.ts';

/** How lately a person must have signed in at the provider, as an app wants it (OpenID Connect Core 3.1.2.1). */
export interface Reauthentication {
  /** When the browser was sent there, in epoch milliseconds. */
  readonly askedAt: number;
  /** Seconds before that at most. */
  readonly maxAge: number;
  /** A provider that does not say when has proved nothing. */
  readonly mustProve: boolean;
}

export type Unproven = 'auth_time_missing' | 'auth_time_stale';

/** Clocks differ, and `auth_time` is in whole seconds. */
const skew = seconds(30);

/** What an answer of this provider has to prove; undefined where nothing was asked of it. */
export function reauthenticationOf(
  { takesMaxAge }: Connector,
  ask: { readonly forceLogin: boolean; readonly maxAge?: number | undefined },
  now: Date,
): Reauthentication | undefined {
  const { forceLogin, maxAge } = ask;
  if (maxAge === undefined || !(forceLogin || takesMaxAge)) return undefined;
  return { askedAt: now.getTime(), maxAge, mustProve: forceLogin && takesMaxAge === true };
}

/** What the answer lacks (OpenID Connect Core 3.1.3.7, point 13). */
export function unproven(
  asked: Reauthentication | undefined,
  authTime: number | undefined,
  now: Date,
): Unproven | undefined {
  if (!asked) return undefined;
  if (authTime === undefined) return asked.mustProve ? 'auth_time_missing' : undefined;
  const at = authTime * 1000;
  const inTime = at >= earliest(asked) - skew && at <= now.getTime() + skew;
  return inTime ? undefined : 'auth_time_stale';
}

/** Seconds since the person signed in, as far as that was asked and told; tolerated differences of clocks left out. */
export function secondsSince(
  asked: Reauthentication | undefined,
  authTime: number | undefined,
  now: Date,
): number | undefined {
  if (!asked || authTime === undefined) return undefined;
  const at = Math.min(Math.max(authTime * 1000, earliest(asked)), now.getTime());
  return Math.ceil((now.getTime() - at) / 1000);
}

function earliest({ askedAt, maxAge }: Reauthentication): number {
  return askedAt - maxAge * 1000;
}
