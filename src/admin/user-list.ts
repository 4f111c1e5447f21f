import { z } from 'zod';
import { Problem } from '../kit/problem.ts';
import { type Operation, operation } from './operation.ts';
import { cursorOf, listAnswer, pageQuery, parseCursor } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { roles } from './roles.ts';
import { givenTime, idText, isoTime, searchText, several, timePosition } from './shapes.ts';
import { describeUser, userAnswer } from './user-shapes.ts';

const listQuery = pageQuery.extend({
  q: searchText
    .optional()
    .describe(
      'Part of a name or an e-mail address, or a whole subject, other id of an account, account id or user id',
    ),
  id: several(idText, 'User ids', 200),
  connection: several(idText, 'Aliases of connections of which the person has linked any'),
  disabled: z.enum(['true', 'false']).optional(),
  role: several(z.enum(['admin', ...roles]), 'Roles'),
  created_since: givenTime.optional(),
  created_until: givenTime.optional().describe('Created before this moment'),
  sort: z
    .enum(['created', 'last_login'])
    .default('created')
    .describe('The latest first. `last_login`: only people who have signed in'),
});

const userListAnswer = listAnswer('UserList', userAnswer)
  .extend({
    looked_back_to: isoTime
      .nullable()
      .describe(
        'Set: the filter matches few people, and the search has stopped here for now. `next_cursor` goes on',
      ),
  })
  .meta({ id: 'UserList' });

const position = timePosition('usr').extend({
  sort: z.enum(['created', 'last_login']).optional(),
  common: z.literal(true).optional(),
});

/** The list of people. */
export function userListOperation({
  identities,
  connections,
}: Pick<AdminDeps, 'identities' | 'connections'>): Operation {
  return operation({
    method: 'get',
    path: '/users',
    needs: 'people:read',
    tag: 'Users',
    summary: 'List or search users, the newest first',
    query: listQuery,
    answer: userListAnswer,
    status: 200,
    problems: [],
    handle: async ({ query, caller }) => {
      const { limit, cursor, connection, sort } = query;
      const after = cursor === undefined ? undefined : parseCursor(position, cursor);
      if (after && (after.sort ?? 'created') !== sort)
        throw new Problem('invalid_request', { detail: 'cursor: is of another sort' });
      const all = connection ? await connections.all() : [];
      const page = await identities.listUsers({
        limit: limit + 1,
        after,
        ids: query.id,
        search: query.q,
        namesOnly: caller.rights.masked,
        connections: connection && all.flatMap(({ alias, id }) => (connection.includes(alias) ? id : [])),
        disabled: query.disabled && query.disabled === 'true',
        roles: query.role?.includes('owner') ? [...query.role, 'admin'] : query.role,
        createdSince: query.created_since,
        createdUntil: query.created_until,
        sort,
      });
      const shown = page.users.slice(0, limit);
      const last = shown.at(-1);
      const next = page.users.length > limit && last ? page.positionOf(last) : page.stoppedAt;
      return {
        items: shown.map((user) => describeUser(user, caller)),
        next_cursor: next ? cursorOf({ ...next, sort }) : null,
        looked_back_to: page.stoppedAt?.at.toISOString() ?? null,
      };
    },
  });
}
