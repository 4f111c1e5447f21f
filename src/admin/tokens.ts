import { z } from 'zod';
import { Problem } from '../kit/problem.ts';
import { remarksIn } from '../kit/versions.ts';
import { reasonField, requireDangerous } from './dangerous-change.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminTokenRow, LastUse } from './people/token-store.ts';
import { tokenPrefix } from './people/tokens.ts';
import type { AdminDeps } from './ports.ts';
import { type Role, roleText, scopeOf } from './roles.ts';
import { givenTime, idPosition, idText, isoTime } from './shapes.ts';

export const tokenAnswer = z
  .object({
    id: z.string().describe('`bootstrap`: the setting ADMIN_API_TOKEN'),
    name: z.string(),
    role: roleText,
    scopes: z.array(z.string()),
    created_by: z.string().nullable().describe('The user who made it, or `bootstrap`'),
    created_with: z.string().nullable().describe('The token with which it was made; it ends with that one'),
    created_at: isoTime.nullable(),
    expires_at: isoTime.nullable(),
    last_used_at: isoTime.nullable().describe('Noted at most once a minute'),
    last_used_address: z.string().nullable(),
  })
  .meta({ id: 'AdminToken' });

const createdAnswer = tokenAnswer
  .extend({ token: z.string().describe(`The bearer token, this once; it begins with \`${tokenPrefix}\``) })
  .meta({ id: 'CreatedAdminToken' });

const newToken = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .regex(/^\P{Cc}*$/u, 'must not contain control characters'),
    role: roleText.describe('What it may do at most; never more than the person who made it'),
    expires_at: givenTime.describe('At most a year from now'),
    reason: reasonField,
  })
  .meta({ id: 'NewAdminToken' });

const tag = 'Admins';

/** Named tokens of this API. */
export function tokenOperations({ adminTokens, adminApiToken, events }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/tokens',
      needs: 'admins:read',
      tag,
      summary: 'List the tokens of this API',
      description: 'ADMIN_API_TOKEN comes first, as `bootstrap`.',
      query: pageQuery,
      answer: listAnswer('AdminTokenList', tokenAnswer),
      status: 200,
      problems: [],
      async handle({ query }) {
        const named = (await adminTokens.all()).map(describeToken);
        const use = await adminTokens.bootstrapUse();
        const all = adminApiToken || use ? [describeBootstrap(use), ...named] : named;
        return await readPage({
          query,
          position: idPosition,
          positionOf: ({ id }: (typeof all)[number]) => ({ id }),
          read: async (limit, after) =>
            all.slice(after ? all.findIndex(({ id }) => id === after.id) + 1 : 0).slice(0, limit),
          describe: (one) => one,
        });
      },
    }),
    operation({
      method: 'post',
      path: '/tokens',
      needs: 'admins:change',
      dangerous: true,
      tag,
      summary: 'Make a token',
      description:
        'The answer holds the token, this once. It acts for the person who made it, with the weaker of both roles, and ends when that person has no role any more.',
      body: newToken,
      answer: createdAnswer,
      status: 201,
      problems: [],
      async handle({ body: { name, role, expires_at: expiresAt }, ...call }) {
        const reason = requireDangerous(call);
        const { row, secret } = await adminTokens.create({ name, role, expiresAt }, call.caller);
        const detail = { token: row.id, name, role, expires_at: expiresAt.toISOString() };
        await events.record({
          type: 'admin.token_created',
          detail: { ...detail, ...(reason && { reason }) },
        });
        return { ...describeToken(row), token: secret.reveal() };
      },
    }),
    operation({
      method: 'delete',
      path: '/tokens/{token}',
      needs: 'admins:change',
      tag,
      summary: 'Remove a token',
      description: 'It is refused from the next request on. Tokens that were made with it go too.',
      status: 204,
      problems: ['not_found', 'conflict'],
      async handle({ param, reason }) {
        const id = param('token');
        if (id === 'bootstrap')
          throw new Problem('conflict', { detail: 'Unset ADMIN_API_TOKEN and start the broker again.' });
        const found = idText.safeParse(id).success ? await adminTokens.get(id) : undefined;
        if (!found || !(await adminTokens.remove(id))) throw new Problem('not_found');
        const detail = { token: id, name: found.name, ...remarksIn({ reason }) };
        await events.record({ type: 'admin.token_removed', detail });
      },
    }),
  ];
}

function describeToken(row: AdminTokenRow): z.output<typeof tokenAnswer> {
  const role = roleText.parse(row.role);
  return {
    id: row.id,
    name: row.name,
    role,
    scopes: [scopeOf(role)],
    created_by: row.madeBy,
    created_with: row.parentId,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    last_used_address: row.lastUsedAddress,
  };
}

function describeBootstrap(use: LastUse | undefined): z.output<typeof tokenAnswer> {
  const role: Role = 'owner';
  return {
    id: 'bootstrap',
    name: 'ADMIN_API_TOKEN',
    role,
    scopes: [scopeOf(role)],
    created_by: null,
    created_with: null,
    created_at: null,
    expires_at: null,
    last_used_at: use?.at.toISOString() ?? null,
    last_used_address: use?.address ?? null,
  };
}
