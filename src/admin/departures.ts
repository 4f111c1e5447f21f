import { z } from 'zod';
import { type Departure, departureState } from '../vault/upstream-revocation/departure.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { idText, moment, timePosition } from './shapes.ts';

const departureAnswer = z
  .object({
    id: z.string(),
    identity: z.string().describe('As it was: it may be gone'),
    user: z.string(),
    connection: z.string().describe('Alias, as it was'),
    provider: z.string(),
    state: departureState.describe(
      'pending: asked until it works, for three days. unsupported: the provider has no way. superseded: the account ' +
        'is held here anew, and its grant with it. gave_up: the person has to end it at the provider',
    ),
    attempts: z.number().int(),
    last_error: z.string().nullable().describe('A code, no text of the provider'),
    next_attempt_at: moment.nullable(),
    created_at: moment,
    finished_at: moment.nullable(),
  })
  .meta({ id: 'Departure' });

const listQuery = pageQuery.extend({
  state: departureState.optional(),
  user: idText.optional(),
  connection: idText.optional().describe('Alias'),
});

/** Grants that have left, and whether their providers know. */
export function departureOperations({ departures }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/departures',
      tag: 'Departures',
      summary: 'List grants that have left, the newest first',
      description:
        'After unlinking, deleting a user, removing a connection or revoking. What was stored is gone from the first moment.',
      query: listQuery,
      answer: listAnswer('DepartureList', departureAnswer),
      status: 200,
      problems: [],
      handle: ({ query: { state, user, connection, ...page } }) =>
        readPage({
          query: page,
          position: timePosition('dep'),
          positionOf: ({ createdAt, id }: Departure) => ({ at: createdAt, id }),
          read: (limit, after) => {
            const place = after && { createdAt: after.at, id: after.id };
            return departures.list({ limit, after: place, filter: { state, userId: user, connection } });
          },
          describe,
        }),
    }),
  ];
}

function describe(departure: Departure): z.input<typeof departureAnswer> {
  const { state, nextAt } = departure;
  return {
    id: departure.id,
    identity: departure.identityId,
    user: departure.userId,
    connection: departure.connection,
    provider: departure.provider,
    state,
    attempts: departure.attempts,
    last_error: departure.lastError,
    next_attempt_at: state === 'pending' ? nextAt.toISOString() : null,
    created_at: departure.createdAt.toISOString(),
    finished_at: departure.finishedAt?.toISOString() ?? null,
  };
}
