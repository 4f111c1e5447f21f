import { z } from 'zod';
import { isTellable } from '../kit/database/odd-moments.ts';
import { isId } from '../kit/ids.ts';

export const moment = z.iso.datetime();

/** A moment that is given, as far as PostgreSQL and the texts of answers reach: in UTC its year is from 1 to 9999. */
export const givenMoment = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((date) => isTellable(date), 'is outside the years 1 to 9999');

/** An id as it may be searched for: nothing that PostgreSQL cannot hold. */
export const idText = z.string().regex(/^[\w.:-]{1,128}$/, 'is not an id');

/** Where a list goes on, by time and id. */
export const timePosition = (prefix: Parameters<typeof isId>[0]) =>
  z.strictObject({
    at: givenMoment,
    id: z.string().refine((id) => isId(prefix, id)),
  });

/** What authenticates an app or an API, this once. */
export const secretAnswer = z
  .object({ client_id: z.string(), client_secret: z.string() })
  .meta({ id: 'ClientSecret' });

export const idPosition = z.strictObject({ id: idText });
