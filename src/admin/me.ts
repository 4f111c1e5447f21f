import { z } from 'zod';
import { actorKinds } from '../kit/request-context.ts';
import { freshFor } from './dangerous-change.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { type Permission, permissions, roleText } from './roles.ts';
import { isoTime } from './shapes.ts';

export const meAnswer = z
  .object({
    actor: z.object({ kind: z.enum(actorKinds), id: z.string().nullable() }),
    name: z.string().nullable().describe('Of the person or the token'),
    role: roleText.describe('The weaker of the role and the scopes of the token'),
    permissions: z.array(z.string()),
    masked: z.boolean().describe('E-mail addresses and subjects are hidden'),
    signed_in_at: isoTime.nullable(),
    dangerous_until: isoTime
      .nullable()
      .describe('Until then the sign-in suffices for a dangerous change; null: no person, or it does not'),
    expires_at: isoTime.nullable().describe('End of the token'),
    bootstrap: z
      .object({
        configured: z.boolean(),
        last_used_at: isoTime.nullable(),
        last_used_address: z.string().nullable(),
      })
      .nullable()
      .describe('ADMIN_API_TOKEN; null: the role may not know'),
  })
  .meta({ id: 'AdminMe' });

/** The caller's own role and rights. */
export function meOperations({ adminTokens, adminApiToken, identities }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/me',
      needs: 'self',
      tag: 'Admins',
      summary: 'Read who you are here, and what you may do',
      answer: meAnswer,
      status: 200,
      problems: [],
      async handle({ caller }) {
        const { actor, role, rights, signedInAt, signedInRecently, expiresAt } = caller;
        const use = await adminTokens.bootstrapUse();
        const bootstrap = {
          configured: adminApiToken !== undefined,
          last_used_at: use?.at.toISOString() ?? null,
          last_used_address: use?.address ?? null,
        };
        const until = signedInRecently && signedInAt && new Date(signedInAt.getTime() + freshFor);
        return {
          actor: { ...actor },
          name: await nameOf(caller.actor),
          role,
          permissions: (Object.keys(permissions) as Permission[]).filter(rights.may),
          masked: rights.masked,
          signed_in_at: signedInAt?.toISOString() ?? null,
          dangerous_until: until ? until.toISOString() : null,
          expires_at: expiresAt?.toISOString() ?? null,
          bootstrap: rights.may('admins:read') ? bootstrap : null,
        };
      },
    }),
  ];

  async function nameOf({ kind, id }: { readonly kind: string; readonly id: string | null }) {
    if (id === null) return 'ADMIN_API_TOKEN';
    const found = kind === 'app' ? await adminTokens.get(id) : await identities.findUser(id);
    return found?.name ?? null;
  }
}
