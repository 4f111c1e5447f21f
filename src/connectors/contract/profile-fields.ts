import { z } from 'zod';

// Fields that providers' profiles have in common. Nobody is kept out over a field that is only for show.

/** For show: anything but a text that says something is left out. */
export const shown = z.string().min(1).optional().catch(undefined);

/** An id beside the subject: absent when null or empty, as some providers write it. */
export const furtherId = z
  .string()
  .nullish()
  .transform((id) => id || undefined);

/** An id that is a number on the wire, kept as its digits; those past 2^53 come as text already. */
export const numericId = z
  .union([z.number().int().positive(), z.string().regex(/^[1-9]\d{0,19}$/)])
  .transform(String);

/** Nothing but `true` itself says yes. */
export const yes = z.literal(true).optional().catch(undefined);
