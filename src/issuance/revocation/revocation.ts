import { z } from 'zod';

/** A revocation: a token, grant, app, user, session, or everything issued so far, that ended before its expiry. */
export const revocationSchema = z.object({
  kind: z.enum(['token', 'grant', 'app', 'user', 'session', 'everything']),
  /** The jti, grant id, client id, user id or session uid. Empty for `everything`. */
  value: z.string(),
  at: z.coerce.date(),
  /** The end of the revocation: by then everything that it covers has expired. */
  until: z.coerce.date(),
});

export type Revocation = z.infer<typeof revocationSchema>;
export type RevocationKind = Revocation['kind'];
