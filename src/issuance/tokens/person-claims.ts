import type { Person } from '../ports.ts';

/** A person's standard claims (OpenID Connect Core 5.1); what is not known is left out. */
export function claimsOf({ id, name, picture, email, emailVerified, updatedAt }: Person) {
  return {
    sub: id,
    updated_at: Math.floor(updatedAt.getTime() / 1000),
    ...(name !== null && { name }),
    ...(picture !== null && { picture }),
    ...(email !== null && { email, email_verified: emailVerified }),
  };
}
