import { z } from 'zod';
import { isRepresentable } from '../kit/database/timestamp-range.ts';
import { isId } from '../kit/ids.ts';

export const isoTime = z.iso.datetime();

/** A time that PostgreSQL and the answers can hold: its year is from 1 to 9999 in UTC. */
export const givenTime = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((date) => isRepresentable(date), 'is outside the years 1 to 9999');

/** An id to search for, without characters that PostgreSQL cannot store. */
/** The id of an app that registered itself may be the address of its metadata document. */
export const idText = z.string().regex(/^([\w.:-]{1,128}|https:\/\/[\x21-\x7e]{1,504})$/, 'is not an id');

/** A text to search for. */
export const searchText = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');

/** A filter of a list that may be given several times, as `type=a&type=b`. */
export function several<Value extends z.ZodType<string>>(value: Value, about: string, most = 20) {
  return z
    .union([z.array(value).max(most, `is given more than ${most} times`), value.transform((one) => [one])])
    .optional()
    .describe(`${about}; may be given several times`)
    .meta({ override: { type: 'array', items: { type: 'string' }, maxItems: most } });
}

/** The cursor of a list that is ordered by time and id. */
export const timePosition = (prefix: Parameters<typeof isId>[0]) =>
  z.strictObject({
    at: givenTime,
    id: z.string().refine((id) => isId(prefix, id)),
  });

/** The new client secret, which is returned once. */
export const secretAnswer = z
  .object({ client_id: z.string(), client_secret: z.string() })
  .meta({ id: 'ClientSecret' });

/** The cursor of a list that is ordered by id. */
export const idPosition = z.strictObject({ id: idText });
