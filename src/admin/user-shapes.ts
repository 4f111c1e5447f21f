import { z } from 'zod';
import type { User } from '../identities/identities.ts';
import type { AdminCaller } from './caller.ts';
import { isoTime } from './shapes.ts';

export const userAnswer = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    picture: z.string().nullable(),
    roles: z.array(z.string()),
    disabled: z.boolean(),
    disabled_at: isoTime.nullable(),
    created_at: isoTime,
    last_login_at: isoTime.nullable(),
  })
  .meta({ id: 'User' });

export function describeUser(user: User, { rights }: AdminCaller): z.input<typeof userAnswer> {
  return {
    id: user.id,
    name: user.name,
    // The address of a picture often has the provider's id of the account in it.
    picture: rights.masked ? null : user.picture,
    roles: user.roles,
    disabled: user.disabledAt !== null,
    disabled_at: user.disabledAt?.toISOString() ?? null,
    created_at: user.createdAt.toISOString(),
    last_login_at: user.lastLoginAt?.toISOString() ?? null,
  };
}
