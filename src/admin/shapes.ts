import { z } from 'zod';
import { isId } from '../kit/ids.ts';

export const moment = z.iso.datetime();

/** An id as it may be searched for: nothing that PostgreSQL cannot hold. */
export const idText = z.string().regex(/^[\w.:-]{1,128}$/, 'is not an id');

/** Where a list goes on, by time and id. */
export const timePosition = (prefix: Parameters<typeof isId>[0]) =>
  z.strictObject({
    at: z.coerce.date(),
    id: z.string().refine((id) => isId(prefix, id)),
  });

/** What authenticates an app or an API, this once. */
export const secretAnswer = z
  .object({ client_id: z.string(), client_secret: z.string() })
  .meta({ id: 'ClientSecret' });

export const idPosition = z.strictObject({ id: idText });
