import { systemClock } from '../../../src/kit/clock.ts';
import type { Database } from '../../../src/kit/database/database.ts';
import type { EventFilter, EventPage } from '../../../src/kit/events/event-filter-store.ts';
import { createEventSearch } from '../../../src/kit/events/event-search.ts';
import { createEventStore } from '../../../src/kit/events/event-store.ts';
import { eventTypesIn } from '../../../src/kit/events/event-words.ts';
import { firstIdAt } from '../../../src/kit/ids.ts';
import { ago } from './lists-of-accounts.ts';
import type { Listed } from './measure.ts';
import { busy, operator } from './seed-work.ts';

/** The audit log with each filter. */
export async function listsOfEvents({ prisma, pool }: Database): Promise<readonly Listed[]> {
  const search = createEventSearch(createEventStore(prisma), systemClock);
  const { rows } = await pool.query<{ request: string; address: string; identity: string; user: string }>(
    `SELECT max(request_id) AS request, max(address) AS address, max(identity_id) AS identity, max(user_id) AS user
     FROM (SELECT * FROM audit_event ORDER BY at DESC LIMIT 100 OFFSET 5000) e`,
  );
  const [some] = rows;
  if (!some) throw new Error('the audit is empty');
  const filters: Readonly<Record<string, EventFilter>> = {
    all: {},
    'a type': { type: ['token.refused'] },
    'a rare type': { type: ['connection.misconfigured'] },
    'a type that never was': { type: ['database.restored'] },
    'types app.*': { type: eventTypesIn(['app.*']) },
    'types token.*': { type: eventTypesIn(['token.*']) },
    'actor: a person': { actor: [operator] },
    'actors of a kind': { actor: ['person'] },
    'actors of a kind that never was': { actor: ['cli'] },
    'an app': { appId: ['app_notes'] },
    'a rare app': { appId: ['app_rare'] },
    'an app that did nothing': { appId: ['app_none'] },
    'two apps': { appId: ['app_notes', 'app_rare'] },
    'a person, 1 of 200 events': { userId: [busy.user] },
    'a person': { userId: [some.user] },
    'a person and a type': { userId: [busy.user], type: ['connection.misconfigured'] },
    'an account': { identityId: [some.identity] },
    'an account, 1 of 200 events': { identityId: [busy.identity] },
    'a request': { requestId: [some.request] },
    'a request of elsewhere': { requestId: ['0af7651916cd43dd8448eb211c80319c'] },
    'an address': { address: [some.address] },
    'a connection': { connection: ['google'] },
    'a connection without events': { connection: ['none'] },
    'a connection and a type': { connection: ['feishu'], type: ['token.refresh_failed'] },
    'an app and a type': { appId: ['app_rare'], type: ['token.refused'] },
    'since a month, until three weeks ago': { since: ago(30), until: ago(21) },
    'a type, until a month ago': { type: ['token.refused'], until: ago(30) },
    'what an operator did yesterday': { actor: [operator], since: ago(2), until: ago(1) },
    'q, 1 of 100': { text: 'seed 77' },
    'q, 1 of a million': { text: 'needle' },
    'q that never was': { text: 'no such reason' },
    'q of a person': { userId: [busy.user], text: 'needle' },
    'q of yesterday': { text: 'needle', since: ago(2), until: ago(1) },
  };
  return Object.entries(filters).map(([name, filter]) => ({
    name: `events: ${name}`,
    searched: true,
    async page(limit, after) {
      const found = await search({ limit: limit + 1, after: after as EventPage['after'], filter });
      const last = found.rows.length > limit ? found.rows[limit - 1] : undefined;
      const { lookedBackTo } = found;
      const edge = lookedBackTo && { at: lookedBackTo, id: firstIdAt('evt', new Date(0)) };
      return {
        rows: Math.min(limit, found.rows.length),
        next: edge ?? (last && { at: last.at, id: last.id }),
        stopped: lookedBackTo !== undefined,
      };
    },
  }));
}
