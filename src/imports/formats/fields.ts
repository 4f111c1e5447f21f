import { z } from 'zod';
import { isRepresentable } from '../../kit/database/timestamp-range.ts';
import { asObject, type JsonObject } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';

// Fields of exports. A missing value, a null and an unknown shape all count as absent.

/** An id as the exact string. A number beyond the exact range of a double is refused, not rounded. */
export const id = z.union([z.string(), z.int()]).transform(String);

/** A text without NUL and lone surrogates, which PostgreSQL rejects. Blank text counts as absent. */
export const text = z
  .string()
  .optional()
  .catch(undefined)
  .transform((value) => value?.replaceAll('\0', '').toWellFormed().trim() || undefined);

export const secret = z
  .string()
  .min(1)
  .transform((value) => new Secret(value))
  .optional()
  .catch(undefined);

const no: readonly unknown[] = [undefined, null, false, 0, '', '0', 'f', 'false', 'n', 'no'];

/**
 * Returns true unless the value is a known spelling of "no". Databases also write true as 1, "t" or "true";
 * an unknown spelling must not enable a blocked user.
 */
export function isSet(value: unknown): boolean {
  return !no.includes(typeof value === 'string' ? value.trim().toLowerCase() : value);
}

export const flag = z.unknown().optional().transform(isSet);

export const object = z
  .unknown()
  .optional()
  .transform((value): JsonObject => asObject(value as Parameters<typeof asObject>[0]) ?? {});

/**
 * A time: ISO 8601, UTC if it has no zone, or a number since 1970, whose size tells its unit. A time outside the years 1
 * to 9999, which no answer can state, counts as absent.
 */
export const moment = z
  .union([z.string(), z.number()])
  .transform((value) => new Date(typeof value === 'number' ? milliseconds(value) : inUtc(value.trim())))
  .refine(isRepresentable)
  .optional()
  .catch(undefined);

/** From here on, a number counts the next smaller unit. The same instant bounds each: 1973 in one, 5138 in the other. */
const [firstMillisecond, firstMicrosecond, firstNanosecond] = [1e11, 1e14, 1e17];

function milliseconds(value: number): number {
  const size = Math.abs(value);
  if (size < firstMillisecond) return value * 1000;
  if (size < firstMicrosecond) return value;
  return Math.trunc(value / (size < firstNanosecond ? 1e3 : 1e6));
}

/** Databases also write the numbers as text, and integers beyond the exact range of a double arrive as text. */
const epoch = /^-?(\d{9,10}|\d{12,13}|\d{15,16}|\d{18,19})(\.\d{1,9})?$/;
/** Characters. A longer text is no time. */
const longestMoment = 64;

function inUtc(value: string): string | number {
  if (value.length > longestMoment) return Number.NaN;
  if (epoch.test(value)) return milliseconds(Number(value));
  const iso = value.replace(' ', 'T');
  if (!iso.includes('T') || iso.endsWith('Z')) return iso;
  // PostgreSQL writes a zone as +00.
  const [zone, sign, minutes = '00'] = /([+-]\d\d)(?::?(\d\d))?$/.exec(iso.slice(iso.indexOf('T'))) ?? [];
  return zone === undefined ? `${iso}Z` : `${iso.slice(0, -zone.length)}${sign}:${minutes}`;
}

/** Seconds. Longer lifetimes are cut to this. */
const longestLifetime = 10 * 365 * 86_400;

/** A lifetime in seconds, as a number or its digits. Zero and less say nothing: some providers send 0 for "no end". */
export const lifetime = z
  .union([z.number(), z.string().regex(/^\s*\d{1,18}(\.\d{1,9})?\s*$/)])
  .transform((value) => Math.min(longestLifetime, Math.floor(Number(value))))
  .refine((value) => value > 0)
  .optional()
  .catch(undefined);

/** Renames columns (`created_at`) to fields (`createdAt`). */
export function camelCased(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [fieldName(name), field]));
}

export function fieldName(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
