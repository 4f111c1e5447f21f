import { z } from 'zod';

// Fields that providers' profiles have in common. Nobody is kept out over a field that is only for show.

/** For show: anything but a text that says something is left out. */
export const shown = z.string().min(1).optional().catch(undefined);

/** An id beside the subject: absent when null or empty, as some providers write it. */
export const furtherId = z
  .string()
  .nullish()
  .transform((id) => id || undefined);
