import { z } from 'zod';

/** What no longer counts although it has not expired. */
export const revocationSchema = z.object({
  kind: z.enum(['token', 'grant', 'app', 'user', 'session', 'everything']),
  /** jti, grant id, client id, user id, uid of a session; of everything nothing. */
  value: z.string(),
  at: z.coerce.date(),
  /** Nothing it could concern lives longer. */
  until: z.coerce.date(),
});

export type Revocation = z.infer<typeof revocationSchema>;
export type RevocationKind = Revocation['kind'];
