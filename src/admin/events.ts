import { z } from 'zod';
import { keptSpellings } from '../http/client-address.ts';
import { eventFields } from '../kit/events/event-fields.ts';
import { createEventSearch } from '../kit/events/event-search.ts';
import type { AuditEventRow } from '../kit/events/event-store.ts';
import { eventGroups, eventTypesIn, eventWords } from '../kit/events/event-words.ts';
import { firstIdAt } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import { actorKinds } from '../kit/request-context.ts';
import type { AdminCaller } from './caller.ts';
import { type Operation, operation } from './operation.ts';
import { cursorOf, listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { givenTime, idText, isoTime, several, timePosition } from './shapes.ts';
import { addressFor } from './sight.ts';

const actorKind = z.enum(actorKinds);

export const eventAnswer = z
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
    address: z
      .string()
      .nullable()
      .describe('The IP address of the client. Auditors see the network alone, unless an admin acted'),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

const address = z
  .string()
  .max(64)
  .refine((text) => keptSpellings(text).length > 0, 'is not an IP address, nor a network as kept');

const typePattern = z.string().regex(/^[\w.]{1,64}(\.\*)?$/, 'is no event type and no pattern such as app.*');

const listQuery = pageQuery.extend({
  type: several(typePattern, 'Event types, or `app.*` for all that begin so'),
  actor: several(idText, 'Kinds of actors, or ids of users, apps and named tokens'),
  user: several(idText, 'Ids of users'),
  app: several(idText, 'Client ids'),
  connection: several(idText, 'Aliases'),
  identity: several(idText, 'Ids of linked identities, also of those that are gone'),
  request: several(idText, 'Request ids, as in `X-Request-Id`'),
  address: several(
    address,
    'IP addresses of clients. Also finds the events of which only the network is kept. Auditors find what they see whole',
  ),
  since: givenTime.optional().describe('Only what happened at this moment or later'),
  until: givenTime.optional().describe('Only what happened before this moment'),
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
    .optional()
    .describe('Part of the detail, such as the reason; in upper or lower case'),
});

const text = z.object({ en: z.string(), zh: z.string() });

const typesAnswer = z
  .object({
    groups: z.array(z.object({ name: z.string(), title: text })),
    items: z.array(z.object({ type: z.string(), group: z.string(), text })),
  })
  .meta({ id: 'EventTypes' });

const eventList = listAnswer('EventList', eventAnswer)
  .extend({
    looked_back_to: isoTime
      .nullable()
      .describe(
        'Not null: the search took too long and ended here. `next_cursor` goes on, also after an empty page',
      ),
  })
  .meta({ id: 'EventList' });

/** The audit log. */
export function eventOperations({ eventStore, clock, identities }: AdminDeps): readonly Operation[] {
  const search = createEventSearch(eventStore, clock);

  /** Returns the ids of the people whose addresses an auditor sees whole. */
  async function adminsFor({ rights }: AdminCaller): Promise<ReadonlySet<string>> {
    const holders = rights.masked ? await identities.roleHolders() : [];
    return new Set(holders.map(({ id }) => id));
  }

  /** Returns how a caller sees events. */
  const describerFor = (caller: AdminCaller, admins: ReadonlySet<string>) => (event: AuditEventRow) => {
    const address = addressFor(caller, event.address, () => isByAdmin(event, admins));
    return { ...eventFields(event), address };
  };

  return [
    operation({
      method: 'get',
      path: '/events',
      needs: 'events:read',
      tag: 'Events',
      summary: 'List what happened, the newest first',
      description:
        'A filter that is given several times matches any of its values; an event must match all filters. Filters that no index serves are searched in steps from the newest event on, for about two seconds: see `looked_back_to`.',
      query: listQuery,
      answer: eventList,
      status: 200,
      problems: [],
      async handle({ query, caller }) {
        if (caller.rights.namesOnly && query.user === undefined) throw nameThePerson();
        const { limit: _limit, cursor: _cursor, user, app, identity, request, q, type, ...others } = query;
        const address = query.address?.flatMap(keptSpellings);
        const admins = await adminsFor(caller);
        // A search for an address that the caller sees in part would tell the rest.
        const addressOfAdmins = address && caller.rights.masked ? [...admins] : undefined;
        const ids = { userId: user, appId: app, identityId: identity, requestId: request };
        const filter = {
          ...others,
          ...ids,
          address,
          addressOfAdmins,
          text: q,
          type: type && eventTypesIn(type),
        };
        let lookedBackTo: Date | undefined;
        const page = await readPage({
          query,
          position: timePosition('evt'),
          positionOf: ({ at, id }: AuditEventRow) => ({ at, id }),
          async read(limit, after) {
            const found = await search({ limit, after, filter });
            ({ lookedBackTo } = found);
            return found.rows;
          },
          describe: describerFor(caller, admins),
        });
        if (!lookedBackTo) return { ...page, looked_back_to: null };
        const next = cursorOf({ at: lookedBackTo, id: firstIdAt('evt', new Date(0)) });
        return { ...page, next_cursor: next, looked_back_to: lookedBackTo.toISOString() };
      },
    }),
    operation({
      method: 'get',
      path: '/events/types',
      needs: 'events:read',
      tag: 'Events',
      summary: 'List the types of events with a sentence for each',
      answer: typesAnswer,
      status: 200,
      problems: [],
      handle: async () => ({
        groups: Object.entries(eventGroups).map(([name, title]) => ({ name, title })),
        items: [...eventWords],
      }),
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
        return describerFor(caller, await adminsFor(caller))(event);
      },
    }),
  ];
}

function nameThePerson(): Problem {
  return new Problem('forbidden', { detail: 'Support reads the events of a person: name one with `user`.' });
}

/** Returns whether an act of administration caused the event, or a person with a role did. */
function isByAdmin(
  { actorKind, actorId, userId }: Pick<AuditEventRow, 'actorKind' | 'actorId' | 'userId'>,
  admins: ReadonlySet<string>,
): boolean {
  if (actorKind === 'app') return actorId?.startsWith('adt_') ?? false;
  // Only an admin acts on another person, or on the configuration.
  if (actorKind === 'person') return actorId !== userId || admins.has(actorId ?? '');
  return actorKind === 'bootstrap' || actorKind === 'cli';
}
