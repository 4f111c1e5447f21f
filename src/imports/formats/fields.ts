import { z } from 'zod';
import { asObject, type JsonObject } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';

// Fields of exports. A missing value, a null and an unknown shape all count as absent.

/** An id as the exact string. A number beyond the exact range of a double is refused, not rounded. */
export const id = z.union([z.string(), z.int()]).transform(String);

export const text = z
  .string()
  .optional()
  .catch(undefined)
  .transform((value) => value?.trim() || undefined);

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

/** A time: ISO 8601, UTC if it has no zone, or a number of seconds or milliseconds since 1970. */
export const moment = z
  .union([z.string(), z.number()])
  .transform((value) => new Date(typeof value === 'number' ? milliseconds(value) : inUtc(value)))
  .refine((date) => !Number.isNaN(date.getTime()))
  .optional()
  .catch(undefined);

const year1973inMilliseconds = 1e11;

function milliseconds(value: number): number {
  return value < year1973inMilliseconds ? value * 1000 : value;
}

function inUtc(value: string): string {
  const iso = value.replace(' ', 'T');
  return /T.*(Z|[+-]\d\d(:?\d\d)?)$/.test(iso) || !iso.includes('T') ? iso : `${iso}Z`;
}

/** Renames columns (`created_at`) to fields (`createdAt`). */
export function camelCased(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      field,
    ]),
  );
}
