import { z } from 'zod';
import { type QueuedRevocation, revocationState } from '../vault/upstream-revocation/queued-revocation.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { idText, isoTime, timePosition } from './shapes.ts';

export const revocationAnswer = z
  .object({
    id: z.string(),
    identity: z.string().describe('As it was: it may be gone'),
    user: z.string(),
    connection: z.string().describe('Alias, as it was'),
    provider: z.string(),
    state: revocationState.describe(
      'pending: asked until it works, for three days. unsupported: the provider has no way. superseded: the account ' +
        'is held here anew, and its grant with it. gave_up: the person has to end it at the provider',
    ),
    attempts: z.number().int(),
    last_error: z.string().nullable().describe('A code, no text of the provider'),
    next_attempt_at: isoTime.nullable(),
    created_at: isoTime,
    finished_at: isoTime.nullable(),
  })
  .meta({ id: 'Departure' });

const listQuery = pageQuery.extend({
  state: revocationState.optional(),
  user: idText.optional(),
  connection: idText.optional().describe('Alias'),
});

/** The queue of upstream revocations: grants that left the vault, and the provider's answer to each. */
export function upstreamRevocationOperations({ upstreamRevocations }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/departures',
      needs: 'people:read',
      tag: 'Departures',
      summary: 'List grants that have left, the newest first',
      description:
        'After unlinking, deleting a user, removing a connection or revoking. What was stored is gone from the first moment.',
      query: listQuery,
      answer: listAnswer('DepartureList', revocationAnswer),
      status: 200,
      problems: [],
      handle: ({ query: { state, user, connection, ...page } }) =>
        readPage({
          query: page,
          position: timePosition('dep'),
          positionOf: ({ createdAt, id }: QueuedRevocation) => ({ at: createdAt, id }),
          read: (limit, after) => {
            const position = after && { createdAt: after.at, id: after.id };
            return upstreamRevocations.list({
              limit,
              after: position,
              filter: { state, userId: user, connection },
            });
          },
          describe,
        }),
    }),
  ];
}

function describe(revocation: QueuedRevocation): z.input<typeof revocationAnswer> {
  const { state, nextAt } = revocation;
  return {
    id: revocation.id,
    identity: revocation.identityId,
    user: revocation.userId,
    connection: revocation.connection,
    provider: revocation.provider,
    state,
    attempts: revocation.attempts,
    last_error: revocation.lastError,
    next_attempt_at: state === 'pending' ? nextAt.toISOString() : null,
    created_at: revocation.createdAt.toISOString(),
    finished_at: revocation.finishedAt?.toISOString() ?? null,
  };
}
