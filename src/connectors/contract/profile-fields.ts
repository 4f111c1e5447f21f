import { z } from 'zod';

// Fields that providers' profiles have in common. A malformed field that is only displayed never fails a sign-in.

/** A field that is only displayed; anything but a non-empty text is omitted. */
export const shown = z.string().min(1).optional().catch(undefined);

/** An id beside the subject; null and the empty text, which some providers send, count as absent. */
export const furtherId = z
  .string()
  .nullish()
  .transform((id) => id || undefined);

/** A numeric id, as its digits. Numbers past 2^53 arrive as text already. */
export const numericId = z
  .union([z.number().int().positive(), z.string().regex(/^[1-9]\d{0,19}$/)])
  .transform(String);

/** A flag; only `true` itself counts. */
export const yes = z.literal(true).optional().catch(undefined);
