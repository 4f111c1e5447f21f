import { z } from 'zod';
import { Problem } from '../kit/problem.ts';
import type { AppUse } from '../reporting/uses-list-store.ts';
import { type Operation, operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import { isoTime } from './shapes.ts';
import { findUser } from './users.ts';

const use = z
  .object({
    app: z.string().describe('Client id'),
    connection: z.string().describe('Alias'),
    identity: z.string(),
    first_at: isoTime,
    last_at: isoTime,
    times: z.number().describe('Retrievals and calls through the proxy, since the first'),
    times_this_week: z.number().describe('In the last seven days, of the latest 2000 uses of this person'),
    last_reason: z.string().nullable().describe('The reason that the app gave at the last use'),
    last_away: z.boolean().describe('The last use was without the person'),
  })
  .meta({ id: 'AppUse' });
const answer = z.object({ items: z.array(use) }).meta({ id: 'AppUseList' });

/** The apps that have used a person's accounts. */
export function useOperations(deps: AdminDeps): readonly Operation[] {
  const { reporting, connections } = deps;

  async function describe({ connectionId, ...one }: AppUse): Promise<readonly z.input<typeof use>[]> {
    const connection = await connections.findById(connectionId);
    if (!connection) return [];
    return [
      {
        app: one.appId,
        connection: connection.alias,
        identity: one.identityId,
        first_at: one.firstAt.toISOString(),
        last_at: one.lastAt.toISOString(),
        times: one.times,
        times_this_week: one.timesThisWeek,
        last_reason: one.lastReason,
        last_away: one.lastAway,
      },
    ];
  }

  const common = {
    method: 'get',
    needs: 'people:read',
    tag: 'Linked identities',
    description:
      'First-party apps and service apps are among them. An app that may use an account and has not is not.',
    answer,
    status: 200,
  } as const;

  return [
    operation({
      ...common,
      path: '/users/{user}/uses',
      summary: 'List the apps that have used a user’s identities',
      problems: ['not_found'],
      async handle({ param }) {
        const { id } = await findUser(deps, param('user'));
        return { items: (await Promise.all((await reporting.uses.ofUser(id)).map(describe))).flat() };
      },
    }),
    operation({
      ...common,
      path: '/users/{user}/identities/{identity}/uses',
      summary: 'List the apps that have used an identity',
      problems: ['not_found', 'identity_not_found'],
      async handle({ param }) {
        const { id } = await findUser(deps, param('user'));
        const owned = await deps.identities.allOfUser(id);
        if (!owned.some((identity) => identity.id === param('identity')))
          throw new Problem('identity_not_found');
        const uses = await reporting.uses.ofUser(id);
        const own = uses.filter(({ identityId }) => identityId === param('identity'));
        return { items: (await Promise.all(own.map(describe))).flat() };
      },
    }),
  ];
}
