import { z } from 'zod';
import type { AuditEventRow } from '../kit/events/event-store.ts';
import { Problem } from '../kit/problem.ts';
import { actorKinds } from '../kit/request-context.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { givenTime, idText, isoTime, timePosition } from './shapes.ts';

const actorKind = z.enum(actorKinds);

const eventAnswer = z
  .object({
    id: z.string(),
    at: isoTime,
    type: z.string().describe('What happened, e.g. `token.retrieved`'),
    user: z.string().nullable(),
    app: z.string().nullable(),
    connection: z.string().nullable(),
    identity: z.string().nullable(),
    request_id: z.string().nullable(),
    actor: z
      .object({ kind: actorKind, id: z.string().nullable() })
      .nullable()
      .describe('The cause: null in events of earlier versions'),
    address: z.string().nullable().describe('The IP address of the client'),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

const listQuery = pageQuery.extend({
  type: idText.optional(),
  user: idText.optional(),
  app: idText.optional(),
  connection: idText.optional().describe('Alias'),
  since: givenTime.optional().describe('Only what happened at this moment or later'),
});

const detail = z.record(z.string(), z.unknown()).catch({});

/** The audit log. */
export function eventOperations({ eventStore }: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/events',
      needs: 'events:read',
      tag: 'Events',
      summary: 'List what happened, the newest first',
      query: listQuery,
      answer: listAnswer('EventList', eventAnswer),
      status: 200,
      problems: [],
      handle: ({ query, caller }) => {
        if (caller.rights.namesOnly && query.user === undefined) throw nameThePerson();
        const { type, user, app, connection, since } = query;
        const filter = { type, userId: user, appId: app, connection, since };
        return readPage({
          query,
          position: timePosition('evt'),
          positionOf: ({ at, id }: AuditEventRow) => ({ at, id }),
          read: (limit, after) => eventStore.list({ limit, after, filter }),
          describe,
        });
      },
    }),
    operation({
      method: 'get',
      path: '/events/{event}',
      needs: 'events:read',
      tag: 'Events',
      summary: 'Read an event',
      answer: eventAnswer,
      status: 200,
      problems: ['not_found'],
      async handle({ param, caller }) {
        const id = idText.safeParse(param('event'));
        const event = id.success ? await eventStore.find(id.data) : null;
        if (!event) throw new Problem('not_found');
        if (caller.rights.namesOnly && event.userId === null) throw nameThePerson();
        return describe(event);
      },
    }),
  ];
}

function nameThePerson(): Problem {
  return new Problem('forbidden', { detail: 'Support reads the events of a person: name one with `user`.' });
}

function describe(event: AuditEventRow): z.input<typeof eventAnswer> {
  const kind = actorKind.safeParse(event.actorKind);
  return {
    id: event.id,
    at: event.at.toISOString(),
    type: event.type,
    user: event.userId,
    app: event.appId,
    connection: event.connection,
    identity: event.identityId,
    request_id: event.requestId,
    actor: kind.success ? { kind: kind.data, id: event.actorId } : null,
    address: event.address,
    detail: detail.parse(event.detail),
  };
}
