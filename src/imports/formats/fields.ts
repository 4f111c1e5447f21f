import { z } from 'zod';
import type { JsonObject } from '../../connectors/contract/wire.ts';
import { asObject } from '../../connectors/contract/wire.ts';
import { Secret } from '../../kit/secret.ts';

// Fields of exports: what a peer leaves out, writes as null or in a shape of an older version counts as absent.

/** An id as the exact string. A number that a double cannot hold is refused rather than rounded. */
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

/** Databases write what is true as 1, "t" or "true" as well; somebody who is blocked must not come in by a spelling. */
export function isSet(value: unknown): boolean {
  return !no.includes(typeof value === 'string' ? value.trim().toLowerCase() : value);
}

export const flag = z.unknown().optional().transform(isSet);

export const object = z
  .unknown()
  .optional()
  .transform((value): JsonObject => asObject(value as Parameters<typeof asObject>[0]) ?? {});

/** A moment: ISO 8601, where no zone means UTC, or a number of seconds or milliseconds since 1970. */
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

/** With the names of columns, `created_at`, as the names of fields, `createdAt`. */
export function camelCased(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      field,
    ]),
  );
}
