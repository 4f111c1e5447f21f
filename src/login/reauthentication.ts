import type { Connector } from '../connectors/contract/contract.ts';
import { seconds } from '../kit/clock.ts';

/** An app's request for a recent sign-in at the provider (OpenID Connect Core 3.1.2.1). */
export interface Reauthentication {
  /** When the browser was redirected, in epoch milliseconds. */
  readonly askedAt: number;
  /** The most seconds between the sign-in and that time. */
  readonly maxAge: number;
  /** True if an ID token without `auth_time` is to be rejected. */
  readonly mustProve: boolean;
}

export type ReauthenticationFailure = 'auth_time_missing' | 'auth_time_stale';

/** The tolerance: clocks differ, and `auth_time` is in whole seconds. */
const skew = seconds(30);

/** Returns the requirement on the provider's answer; undefined if the app requested none. */
export function reauthenticationOf(
  { takesMaxAge }: Connector,
  ask: { readonly forceLogin: boolean; readonly maxAge?: number | undefined },
  now: Date,
): Reauthentication | undefined {
  const { forceLogin, maxAge } = ask;
  if (maxAge === undefined || !(forceLogin || takesMaxAge)) return undefined;
  return { askedAt: now.getTime(), maxAge, mustProve: forceLogin && takesMaxAge === true };
}

/**
 * Returns the reason why the provider's answer does not meet the requirement (OpenID Connect Core 3.1.3.7, point 13).
 * `authTime`: the ID token's claim, in seconds since 1970.
 */
export function reauthenticationFailure(
  asked: Reauthentication | undefined,
  authTime: number | undefined,
  now: Date,
): ReauthenticationFailure | undefined {
  if (!asked) return undefined;
  if (authTime === undefined) return asked.mustProve ? 'auth_time_missing' : undefined;
  const at = authTime * 1000;
  const isRecent = at >= earliest(asked) - skew && at <= now.getTime() + skew;
  return isRecent ? undefined : 'auth_time_stale';
}

/**
 * Returns the seconds since the person signed in, without tolerance for clocks. Undefined if not requested or
 * not stated.
 */
export function secondsSince(
  asked: Reauthentication | undefined,
  authTime: number | undefined,
  now: Date,
): number | undefined {
  if (!asked || authTime === undefined) return undefined;
  const at = Math.min(Math.max(authTime * 1000, earliest(asked)), now.getTime());
  return Math.ceil((now.getTime() - at) / 1000);
}

/** Returns the earliest accepted time of the sign-in, in milliseconds since 1970. */
function earliest({ askedAt, maxAge }: Reauthentication): number {
  return askedAt - maxAge * 1000;
}
