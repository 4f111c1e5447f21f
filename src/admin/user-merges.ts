import { z } from 'zod';
import { keepsLastOwner, requireAuthorityOver } from './authorize.ts';
import { requireDangerous } from './dangerous-change.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { roleOf } from './roles.ts';
import { findUser } from './users.ts';

const samePersonAnswer = z
  .object({ users: z.array(z.string()).describe('Ids, the oldest first') })
  .meta({ id: 'SamePerson' });

const mergeBody = z
  .strictObject({
    from: z.string().max(64).describe('The user who becomes part of this one, and is gone then'),
  })
  .meta({ id: 'UserMerge' });

const tag = 'Users';

/** Users who may be one person. They are listed, and merged only by an explicit request. */
export function userMergeOperations(deps: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/users/{user}/same-person',
      needs: 'people:read',
      tag,
      summary: 'Other users who a provider says are this person',
      description:
        'Found by an id that the provider gives all apps of one account of yours, e.g. the unionid, when it came to be known after both users had come into being.',
      answer: samePersonAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param }) {
        const { id } = await findUser(deps, param('user'));
        return { users: [...(await deps.identities.samePersonAs(id))] };
      },
    }),
    operation({
      method: 'post',
      path: '/users/{user}/merge',
      needs: 'people:remove',
      dangerous: true,
      tag,
      summary: 'Merge another user into this one',
      description:
        'All linked accounts of the other move here; what was issued to the other dies, and its consents and roles go with it. Where one of them has a role, it needs a recent sign-in and a reason, as a change of roles.',
      body: mergeBody,
      status: 204,
      problems: ['not_found', 'conflict'],
      async handle({ param, body, ...call }) {
        const { caller } = call;
        const into = await findUser(deps, param('user'));
        const from = await findUser(deps, body.from);
        for (const user of [into, from]) requireAuthorityOver(caller, user);
        const concernsRole = [into, from].some(({ roles }) => roleOf(roles));
        const reason = concernsRole ? requireDangerous(call) : call.reason;
        if (roleOf(from.roles) && keepsLastOwner(caller, from)) await deps.identities.stepDown(from.id);
        await deps.offboarding.mergeUsers({ into: into.id, from: from.id, reason });
      },
    }),
  ];
}
