import { z } from 'zod';
import { days, after as later } from '../kit/clock.ts';
import { Problem } from '../kit/problem.ts';
import { sorts } from '../reporting/identity-filter.ts';
import type { IdentityPage, ListedIdentity, ListPosition, ListQuestion } from '../reporting/identity-list.ts';
import type { AdminCaller } from './caller.ts';
import { adminIdentityAnswer, describeForAdmin } from './identity-shapes.ts';
import { type Operation, operation } from './operation.ts';
import { cursorOf, pageQuery, parseCursor } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { givenTime, idText, isoTime, searchText, several, timePosition } from './shapes.ts';
import { revealQuery, type Sight, sightOf } from './sight.ts';

export const listedAnswer = adminIdentityAnswer
  .extend({
    user: z.object({ id: z.string(), name: z.string().nullable() }),
    used_by: z
      .array(z.object({ app: z.string(), last_at: isoTime, times: z.number() }))
      .describe('The apps that have taken its token, the latest first, ten at most'),
    ends_at: isoTime.nullable().describe('The earliest end that no refresh moves'),
  })
  .meta({ id: 'ListedIdentity' });

const listAnswer = z
  .object({
    items: z.array(listedAnswer),
    next_cursor: z.string().nullable().describe('Null: this was the last page'),
    looked_back_to: isoTime
      .nullable()
      .describe(
        'Set: the filter matches few accounts, and the search has stopped here for now. `next_cursor` goes on from there, also after an empty page',
      ),
  })
  .meta({ id: 'ListedIdentityList' });

const states = z.enum([
  'active',
  'expiring',
  'refreshing',
  'retrying',
  'reauthorization_required',
  'revoked',
]);

const listQuery = pageQuery.extend({
  connection: several(idText, 'Aliases'),
  state: several(states, 'States of the token'),
  reason: several(idText, 'Reasons for which a grant has ended, e.g. `password_changed`'),
  app: idText.optional().describe('The client id of an app that has used the account'),
  last_used_before: givenTime
    .optional()
    .describe('By that app, if there is one. Or never used. Without an app to the hour'),
  last_used_after: givenTime.optional().describe('By that app, if there is one. Without an app to the hour'),
  ends_within: z.coerce
    .number()
    .int()
    .min(1)
    .max(400)
    .optional()
    .describe('Days: a living grant ends in them'),
  linked_since: givenTime.optional(),
  linked_until: givenTime.optional().describe('Linked before this moment'),
  q: searchText
    .optional()
    .describe('Part of a name or an e-mail address, or a whole subject, user id or identity id'),
  sort: z
    .enum(sorts)
    .optional()
    .describe(
      '`linked`: the latest first. `since`: only grants that have ended, the latest first. `ends`: only living grants with an end ahead, the next one first. `last_used`: with `app`, the latest hour first. Default: the one that suits the filter',
    ),
  ...revealQuery.shape,
});

/** The cursor of a page, which names its order. */
const position = timePosition('idn').extend({
  sort: z.enum(sorts),
  source: z.enum(['sorted', 'among', 'ended', 'moved', 'other client']),
  common: z.literal(true).optional(),
}) satisfies z.ZodType<ListPosition>;

/** The linked accounts of all people. */
export function identityOperations(deps: AdminDeps): readonly Operation[] {
  return [
    operation({
      method: 'get',
      path: '/identities',
      needs: 'people:read',
      tag: 'Linked identities',
      summary: 'List or search what people have linked',
      description:
        'A filter that is given several times matches any of its values; an account must match all filters.',
      query: listQuery,
      answer: listAnswer,
      status: 200,
      problems: [],
      async handle({ query, caller }) {
        const { limit, cursor, sort, reveal } = query;
        const after = cursor === undefined ? undefined : parseCursor(position, cursor);
        if (after && sort && after.sort !== sort)
          throw new Problem('invalid_request', { detail: 'cursor: is of another sort' });
        // Also a cursor says so, and its page may have had another filter.
        const order = sort ?? after?.sort;
        if (order === 'last_used' && query.app === undefined)
          throw new Problem('invalid_request', { detail: 'sort: last_used needs an app' });
        const namesOnly = caller.rights.masked;
        const filter = { ...filterOf(query, deps.clock.now()), namesOnly };
        const page = await deps.identityList.page({ filter, sort: order, limit, after });
        const shown = await sightsOf(deps, { caller, page, reveal });
        return {
          items: page.items.map((one) => shown(one)),
          next_cursor: page.next ? cursorOf(page.next) : null,
          looked_back_to: page.lookedBackTo?.toISOString() ?? null,
        };
      },
    }),
  ];
}

function filterOf(query: z.output<typeof listQuery>, now: Date): Omit<ListQuestion['filter'], 'namesOnly'> {
  const { connection, state, reason, app, last_used_before, last_used_after, ends_within, q } = query;
  return {
    aliases: connection,
    states: state,
    reasons: reason,
    app,
    lastUsedBefore: last_used_before,
    lastUsedAfter: last_used_after,
    endsBefore: ends_within === undefined ? undefined : later(now, days(ends_within)),
    linkedSince: query.linked_since,
    linkedUntil: query.linked_until,
    search: q,
  };
}

/** Returns the description of an account for the caller. An auditor who asks for everything leaves an event for each person. */
async function sightsOf(deps: AdminDeps, { caller, page, reveal }: Look) {
  const people = [...new Set(page.items.map(({ identity }) => identity.userId))];
  const shown = new Map<string, Sight>();
  for (const userId of people) shown.set(userId, await sightOf(deps, caller, { userId, reveal }));
  return (one: ListedIdentity): z.input<typeof listedAnswer> => {
    const { identity, connection, health, userName, uses } = one;
    const described = describeForAdmin(identity, connection, health);
    return {
      ...(shown.get(identity.userId)?.(described) ?? described),
      user: { id: identity.userId, name: userName },
      used_by: uses.map(({ app, lastAt, times }) => ({ app, last_at: lastAt.toISOString(), times })),
      ends_at: health?.endsAt?.toISOString() ?? null,
    };
  };
}

interface Look {
  readonly caller: AdminCaller;
  readonly page: IdentityPage;
  readonly reveal: 'true' | 'false' | undefined;
}
