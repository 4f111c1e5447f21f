import { z } from 'zod';
import type { User } from '../identities/identities.ts';
import { isId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import { keepsLastOwner, requireAuthorityOver, requirePermission } from './authorize.ts';
import { reasonText, requireDangerous } from './dangerous-change.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { roleOf } from './roles.ts';
import { userListOperation } from './user-list.ts';
import { describeUser, userAnswer } from './user-shapes.ts';

const userChangeBody = z
  .strictObject({
    disabled: z.boolean().describe('True: signed out everywhere, every token dead'),
    roles: z
      .array(z.enum(['admin']))
      .max(1)
      .describe('admin: owner. Other roles: see `/admins`'),
    reason: reasonText.describe('Why; needed from people for a change of roles'),
  })
  .partial()
  .meta({ id: 'UserChange' });

const tag = 'Users';

/** Users. A sign-in creates them, so the API does not. */
export function userOperations(deps: AdminDeps): readonly Operation[] {
  const { identities, offboarding, issuance, endSessions } = deps;
  return [
    userListOperation(deps),
    operation({
      method: 'get',
      path: '/users/{user}',
      needs: 'people:read',
      tag,
      summary: 'Read a user',
      description:
        'A person with a role who reads another one, here or in the paths below, is recorded as `person.viewed`, once an hour.',
      answer: userAnswer,
      status: 200,
      problems: ['not_found'],
      handle: async ({ param, caller }) => describeUser(await findUser(deps, param('user')), caller),
    }),
    operation({
      method: 'patch',
      path: '/users/{user}',
      needs: 'people:help',
      dangerous: true,
      tag,
      summary: 'Disable or enable a user, give or take roles',
      body: userChangeBody,
      answer: userAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, body, ...call }) {
        const user = await findUser(deps, param('user'));
        const { id } = user;
        // Also to enable: a person with a role whom an owner has locked out would be back in it.
        if (body.disabled !== undefined) requireAuthorityOver(call.caller, user);
        if (body.roles) {
          requirePermission(call.caller, 'admins:change');
          const reason = requireDangerous(call);
          await identities.setRoles(id, body.roles, {
            reason,
            keepLastOwner: keepsLastOwner(call.caller, user),
          });
        }
        if (body.disabled !== undefined)
          await identities.setDisabled(id, body.disabled, {
            keepLastOwner: keepsLastOwner(call.caller, user),
            reason: call.reason,
          });
        if (body.disabled) {
          await issuance.revokeUser(id);
          await endSessions(id);
        }
        return describeUser(await findUser(deps, id), call.caller);
      },
    }),
    operation({
      method: 'delete',
      path: '/users/{user}',
      needs: 'people:remove',
      dangerous: true,
      tag,
      summary: 'Delete a user',
      description:
        'What is stored goes at once. The providers are asked to end their grants, as far as they can be: see `departures`. A person with a role is deleted with a recent sign-in and a reason, as a role is taken.',
      status: 204,
      problems: ['not_found'],
      async handle({ param, ...call }) {
        const { caller } = call;
        const user = await findUser(deps, param('user'));
        requireAuthorityOver(caller, user);
        const reason = roleOf(user.roles) ? requireDangerous(call) : call.reason;
        if (roleOf(user.roles) && keepsLastOwner(caller, user)) await identities.stepDown(user.id);
        await offboarding.eraseUser(user.id, reason);
      },
    }),
  ];
}

/** @throws Problem not_found */
export async function findUser({ identities }: Pick<AdminDeps, 'identities'>, id: string): Promise<User> {
  const user = isId('usr', id) ? await identities.findUser(id) : undefined;
  if (!user) throw new Problem('not_found');
  return user;
}
