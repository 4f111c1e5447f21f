import { z } from 'zod';
import { keepsLastOwner, requireAuthorityOver } from './authorize.ts';
import { reasonField, requireDangerous, requireRecentSignIn } from './dangerous-change.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { roleOf } from './roles.ts';
import { findUser } from './users.ts';

const part = z.unknown();

const exportAnswer = z
  .object({
    format: z.literal('symbolon-personal-data/1'),
    profile: part,
    identities: part,
    consents: part,
    agreements: part.describe('Of the deployment, and of apps'),
    sessions: part,
    uses: part,
    events: part.describe('The latest 50,000'),
  })
  .meta({ id: 'PersonalData' });

const eraseBody = z.strictObject({ reason: reasonField }).meta({ id: 'Erasure' });

const eraseAnswer = z
  .object({
    progress_url: z
      .string()
      .describe('A page for the person that says how far the providers are; for 90 days, without a sign-in'),
  })
  .meta({ id: 'Erased' });

const tag = 'Users';

/** The data of a person: to take along, and to erase. The account page offers the same to the person. */
export function userDataOperations(deps: AdminDeps): readonly Operation[] {
  const { issuer, personalData, erasureCode, identities, offboarding, events } = deps;
  return [
    operation({
      method: 'get',
      path: '/users/{user}/export',
      needs: 'people:export',
      dangerous: true,
      tag,
      summary: 'Export the data of a user',
      description: 'It has no token. The audit log has `person.exported`.',
      answer: exportAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, caller, reason }) {
        const user = await findUser(deps, param('user'));
        requireRecentSignIn(caller);
        const detail = reason !== undefined && { detail: { reason } };
        await events.record({ type: 'person.exported', userId: user.id, ...detail });
        return JSON.parse((await Array.fromAsync(personalData(user))).join(''));
      },
    }),
    operation({
      method: 'post',
      path: '/users/{user}/erase',
      needs: 'people:remove',
      dangerous: true,
      tag,
      summary: 'Erase a user, and get a page that says how far the providers are',
      description:
        'What is stored goes at once. The providers are asked to end their grants, as far as they can be: see `departures`.',
      body: eraseBody,
      answer: eraseAnswer,
      status: 200,
      problems: ['not_found', 'conflict'],
      async handle({ param, ...call }) {
        const { caller } = call;
        const user = await findUser(deps, param('user'));
        requireAuthorityOver(caller, user);
        const reason = requireDangerous(call);
        if (roleOf(user.roles) && keepsLastOwner(caller, user)) await identities.stepDown(user.id);
        await offboarding.eraseUser(user.id, reason);
        return { progress_url: `${issuer}/account/erased/${erasureCode(user.id)}` };
      },
    }),
  ];
}
