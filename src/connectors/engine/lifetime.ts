import { decodeJwt } from 'jose';
import type { Json, JsonObject } from '../../kit/exact-json.ts';

/** Seconds. Longer lifetimes are cut to this. */
const longest = 10 * 365 * 86_400;
/** Characters of a lifetime or a date. On a longer text the patterns below could take minutes. */
const longestText = 100;
/** Numbers from here on are seconds since 1970, not from now. This one is in the year 2001. */
const firstEpoch = 1_000_000_000;
const firstEpochInMilliseconds = 100_000_000_000;

/** Seconds. The lifetime of a token whose stated end cannot be read, so that it never counts as endless. */
export const cautiousLifetime = 3600;

/** Seconds from now. `unreadable`: the stated end cannot be read. Undefined: no end is stated. */
export type Lifetime = number | 'unreadable' | undefined;

const accessMembers = ['expires_in', 'expires_at', 'expires_on', 'expires'];
const refreshMembers = [
  'refresh_token_expires_in',
  'refresh_expires_in',
  // Intuit.
  'x_refresh_token_expires_in',
  'refresh_token_expires_at',
  'refresh_expires_at',
];

export function accessLifetimeIn(body: JsonObject, now: Date): Lifetime {
  return lifetimeIn(body, accessMembers, now);
}

export function refreshLifetimeIn(body: JsonObject, now: Date): Lifetime {
  return lifetimeIn(body, refreshMembers, now);
}

/** Returns the first one that can be read. */
function lifetimeIn(body: JsonObject, names: readonly string[], now: Date): Lifetime {
  const stated = names.filter((name) => body[name] !== undefined && body[name] !== null);
  const readable = stated
    .map((name) => lifetimeOf(body[name], { now, isMoment: /_(at|on)$/.test(name) }))
    .find((seconds) => seconds !== undefined);
  return readable ?? (stated.length > 0 ? 'unreadable' : undefined);
}

/**
 * Returns the rest of a JWT's lifetime by its unverified `exp` (RFC 7519 section 4.1.4), or undefined for other tokens.
 */
export function jwtLifetime(token: string, now: Date): Lifetime {
  try {
    const { exp } = decodeJwt(token);
    return exp === undefined || exp <= 0 ? undefined : (fromEpoch(exp, now) ?? 'unreadable');
  } catch {
    return undefined;
  }
}

/** Returns seconds from now. Zero and less are ignored: some providers send 0 for "no end". */
function lifetimeOf(value: Json | undefined, about: Stated): number | undefined {
  if (typeof value === 'number') return fromNumber(value, about);
  const text = typeof value === 'string' ? value.trim() : '';
  if (text === '' || text.length > longestText) return undefined;
  const number = secondsIn(text);
  return number === undefined ? fromDate(text, about.now) : fromNumber(number, about);
}

interface Stated {
  readonly now: Date;
  /** The member's name says that it holds a point in time. */
  readonly isMoment: boolean;
}

function fromNumber(number: number, { now, isMoment }: Stated): number | undefined {
  if (!Number.isFinite(number) || number <= 0) return undefined;
  // No provider issues a lifetime of thirty years, so the number is a point in time. One in the past is ignored.
  const moment = number >= firstEpoch ? fromEpoch(number, now) : undefined;
  if (moment === undefined && isMoment && number >= firstEpoch) return undefined;
  return moment ?? Math.min(longest, Math.max(1, Math.floor(number)));
}

/**
 * Returns the number of seconds. RFC 6749 has a number; providers also send `"3600"`, `"3600.5"`, `"+3600"`, `"3600s"`,
 * `" 1 h"`.
 */
function secondsIn(text: string): number | undefined {
  const [, digits = '', unit = 's'] =
    /^\+?(\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})\s*([a-z]{0,12})$/i.exec(text) ?? [];
  const factor = units[unit.toLowerCase() || 's'];
  return digits === '' || factor === undefined ? undefined : Number(digits) * factor;
}

const units: Readonly<Record<string, number>> = {
  ms: 0.001,
  ...{ s: 1, sec: 1, secs: 1, second: 1, seconds: 1 },
  ...{ m: 60, min: 60, mins: 60, minute: 60, minutes: 60 },
  ...{ h: 3600, hr: 3600, hour: 3600, hours: 3600 },
  ...{ d: 86_400, day: 86_400, days: 86_400 },
};

function fromEpoch(number: number, now: Date): number | undefined {
  const moment = number >= firstEpochInMilliseconds ? number : number * 1000;
  const seconds = Math.floor((moment - now.getTime()) / 1000);
  return seconds > 0 ? Math.min(longest, seconds) : undefined;
}

/** Returns the seconds until a date. A date without a zone is in UTC, independent of this process's zone. */
function fromDate(text: string, now: Date): number | undefined {
  const local = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text);
  const moment = Date.parse(local ? `${text.replace(' ', 'T')}Z` : text);
  return /\d{4}/.test(text) && !Number.isNaN(moment) ? fromEpoch(moment, now) : undefined;
}
