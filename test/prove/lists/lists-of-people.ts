import {
  createIdentityStore,
  type UserPosition,
  type UserQuestion,
} from '../../../src/identities/identity-store.ts';
import { createArtifactStore } from '../../../src/issuance/artifacts/artifact-store.ts';
import { createConsentStore } from '../../../src/issuance/consent/consent-store.ts';
import { createSessionOriginStore } from '../../../src/issuance/sessions/session-origin-store.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import type { Database } from '../../../src/kit/database/database.ts';
import type { Activity } from '../../../src/reporting/activity-list-store.ts';
import { createUses } from '../../../src/reporting/uses.ts';
import { ago, tags } from './lists-of-accounts.ts';
import type { Listed } from './measure.ts';
import { busy } from './seed-work.ts';

const questions: Readonly<Record<string, Omit<UserQuestion, 'limit'>>> = {
  all: {},
  'by last sign-in': { sort: 'last_login' },
  'of a connection': { connections: ['con_feishu'] },
  disabled: { disabled: true },
  'not disabled': { disabled: false },
  'with a role': { roles: ['operator'] },
  'created in one week': { createdSince: ago(30), createdUntil: ago(23) },
  'q=王小 (two characters)': { search: '王小' },
  'q=王欧阳 (no match)': { search: '王欧阳' },
  'q=王 (one, common)': { search: '王' },
  'q=欧 (one, rare)': { search: '欧' },
  'q=person.abc (addresses)': { search: 'person.abc' },
  'q=.example (every address)': { search: '.example' },
  'q=chloé': { search: 'chloé' },
  'q=x (one letter)': { search: 'x' },
  'q=an id': { search: busy.user },
  'q=王, of a connection, by last sign-in': { search: '王', connections: ['con_feishu'], sort: 'last_login' },
};

/** The list of people, and what the page of one person reads. */
export function listsOfPeople(database: Database): readonly Listed[] {
  const identities = createIdentityStore(database, tags);
  const uses = createUses(database.pool, systemClock);
  const consents = createConsentStore(database, { tags, known: async () => [] });
  const artifacts = createArtifactStore(database, tags);
  const origins = createSessionOriginStore(database);
  const once = (name: string, read: () => Promise<readonly unknown[]>): Listed => ({
    name,
    page: async () => ({ rows: (await read()).length }),
  });
  const activity = (name: string, filter: { app?: string; identity?: string }): Listed => ({
    name,
    async page(limit, after) {
      const rows = await uses.activityOf(busy.user, {
        ...filter,
        limit,
        after: after as Activity | undefined,
      });
      return { rows: rows.length, next: rows.length < limit ? undefined : rows.at(-1) };
    },
  });
  return [
    ...Object.entries(questions).map(
      ([name, question]): Listed => ({
        name: `people: ${name}`,
        searched: true,
        async page(limit, after) {
          const page = await identities.listUsers({
            ...question,
            limit: limit + 1,
            after: after as UserPosition | undefined,
          });
          const last = page.users[limit - 1];
          const more = page.users.length > limit && last ? page.positionOf(last) : page.stoppedAt;
          return {
            rows: Math.min(limit, page.users.length),
            next: more,
            stopped: page.stoppedAt !== undefined,
          };
        },
      }),
    ),
    once('person: accounts', () => identities.ofUser(busy.user)),
    once('person: uses, 1 of 200 events', () => uses.ofUser(busy.user)),
    once('person: uses, another', () => uses.ofUser(`usr_${'6'.padStart(26, '0')}`)),
    activity('person: activity', {}),
    activity('person: activity of an app', { app: 'app_rare' }),
    activity('person: activity of an account', { identity: busy.identity }),
    once('person: consents', () => consents.of(busy.user)),
    once('person: sessions', async () => {
      const [rows] = await Promise.all([
        artifacts.ofAccount('Session', busy.user),
        origins.ofUser(busy.user),
      ]);
      return rows;
    }),
    once('admins', () => identities.roleHolders()),
  ];
}
