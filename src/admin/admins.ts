import { z } from 'zod';
import type { User } from '../identities/identities.ts';
import { Problem } from '../kit/problem.ts';
import { reasonField, requireDangerous } from './dangerous-change.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { roleOf, roleText } from './roles.ts';
import { idPosition, isoTime } from './shapes.ts';
import { findUser } from './users.ts';
import { arrivalOf, wayIn } from './ways-in.ts';

export const adminAnswer = z
  .object({
    user: z.string(),
    name: z.string().nullable(),
    role: roleText,
    disabled: z.boolean(),
    last_login_at: isoTime.nullable(),
  })
  .meta({ id: 'Admin' });

export const listedAdminAnswer = adminAnswer
  .extend({
    ways_in: z.array(wayIn).describe('The connections with which the person can sign in'),
    last_seen_at: isoTime.nullable().describe('The last use of a session, in hours, or the last sign-in'),
  })
  .meta({ id: 'ListedAdmin' });

const newAdmin = z
  .strictObject({
    user: z.string().max(64).describe('The id of a person who has signed in here'),
    role: roleText,
    reason: reasonField,
  })
  .meta({ id: 'NewAdmin' });
const adminChange = z.strictObject({ role: roleText, reason: reasonField }).meta({ id: 'AdminChange' });

const invitationBody = z.strictObject({ role: roleText, reason: reasonField }).meta({ id: 'NewInvitation' });
export const invitationAnswer = z
  .object({
    id: z.string(),
    url: z.url().describe('The link for the new admin, this once; it works once, for 30 minutes'),
    role: roleText,
    expires_at: isoTime,
  })
  .meta({ id: 'Invitation' });

const tag = 'Admins';

/** The people who administer the broker. */
export function adminPeopleOperations(deps: AdminDeps): readonly Operation[] {
  const { identities, invitations } = deps;

  async function findAdmin(id: string): Promise<User> {
    const user = await findUser(deps, id);
    if (!roleOf(user.roles)) throw new Problem('not_found');
    return user;
  }

  return [
    operation({
      method: 'get',
      path: '/admins',
      needs: 'admins:read',
      tag,
      summary: 'List people with a role',
      query: pageQuery,
      answer: listAnswer('AdminList', listedAdminAnswer),
      status: 200,
      problems: [],
      async handle({ query }) {
        const all = (await identities.roleHolders()).filter(({ roles }) => roleOf(roles));
        const page = await readPage({
          query,
          position: idPosition,
          positionOf: ({ id }: User) => ({ id }),
          read: async (limit, after) => all.filter(({ id }) => !after || id > after.id).slice(0, limit),
          describe: (user) => user,
        });
        const items: z.input<typeof listedAdminAnswer>[] = [];
        for (const user of page.items)
          items.push({ ...describeAdmin(user), ...(await arrivalOf(deps, user)) });
        return { ...page, items };
      },
    }),
    operation({
      method: 'post',
      path: '/admins',
      needs: 'admins:change',
      dangerous: true,
      tag,
      summary: 'Give a person a role',
      description: 'For a person who has never signed in here, see invitations.',
      body: newAdmin,
      answer: adminAnswer,
      status: 201,
      problems: ['not_found', 'conflict'],
      async handle({ body, ...call }) {
        const user = await findUser(deps, body.user);
        if (user.disabledAt || roleOf(user.roles)) {
          const detail = user.disabledAt ? 'This person is disabled.' : 'This person has a role: change it.';
          throw new Problem('conflict', { detail });
        }
        const reason = requireDangerous(call);
        await identities.setRoles(user.id, [body.role], { reason });
        return describeAdmin(await findAdmin(user.id));
      },
    }),
    // Before the paths with a user, of which it would be one.
    operation({
      method: 'post',
      path: '/admins/invitations',
      needs: 'admins:change',
      dangerous: true,
      tag,
      summary: 'Invite a person',
      body: invitationBody,
      answer: invitationAnswer,
      status: 201,
      problems: [],
      async handle({ body: { role }, ...call }) {
        const reason = requireDangerous(call);
        const { id, url, expiresAt } = await invitations.invite({ role, by: call.caller.principal, reason });
        return { id, url: url.reveal(), role, expires_at: expiresAt.toISOString() };
      },
    }),
    operation({
      method: 'patch',
      path: '/admins/{user}',
      needs: 'admins:change',
      dangerous: true,
      tag,
      summary: 'Change the role of a person',
      description: 'The last owner stays owner.',
      body: adminChange,
      answer: adminAnswer,
      status: 200,
      problems: ['not_found', 'conflict'],
      async handle({ param, body, ...call }) {
        const { id } = await findAdmin(param('user'));
        const reason = requireDangerous(call);
        await identities.setRoles(id, [body.role], { reason, keepLastOwner: true });
        return describeAdmin(await findAdmin(id));
      },
    }),
    operation({
      method: 'delete',
      path: '/admins/{user}',
      needs: 'admins:change',
      dangerous: true,
      tag,
      summary: 'Take the role of a person',
      description:
        'The reason is in the header `Symbolon-Reason`. Tokens that the person made stop working. The last owner stays owner.',
      status: 204,
      problems: ['not_found', 'conflict'],
      async handle({ param, ...call }) {
        const { id } = await findAdmin(param('user'));
        const reason = requireDangerous(call);
        await identities.setRoles(id, [], { reason, keepLastOwner: true });
      },
    }),
  ];
}

export function describeAdmin(user: User): z.input<typeof adminAnswer> {
  return {
    user: user.id,
    name: user.name,
    role: roleText.parse(roleOf(user.roles)),
    disabled: user.disabledAt !== null,
    last_login_at: user.lastLoginAt?.toISOString() ?? null,
  };
}
