import { randomBytes } from 'node:crypto';
import { findConnector } from '../../../src/connectors/registry.ts';
import type { Identity } from '../../../src/identities/identities.ts';
import { createIdentityStore } from '../../../src/identities/identity-store.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import type { Database } from '../../../src/kit/database/database.ts';
import { createRowTags } from '../../../src/kit/keys/row-tags.ts';
import type { Connection } from '../../../src/login/connections.ts';
import {
  createIdentityList,
  type ListPosition,
  type ListQuestion,
} from '../../../src/reporting/identity-list.ts';
import { createIdentityListStore } from '../../../src/reporting/identity-list-store.ts';
import { createEntryReads } from '../../../src/vault/entry-store.ts';
import { healthOf } from '../../../src/vault/health.ts';
import { standingFacts } from '../../../src/vault/standing-facts.ts';
import type { Listed } from './measure.ts';
import { seededConnections } from './seed-people.ts';

/** Believes every row, as during an upgrade. */
export const tags = createRowTags(randomBytes(32), 'adopting');

export const connections = seededConnections.map(([alias, provider]) => {
  const endpoints = { token: `https://${alias}.example/token` };
  const registration = { clientId: 'client', endpoints };
  const connector = findConnector(provider);
  return { id: `con_${alias}`, alias, connector, registration, changedAt: new Date() };
}) as unknown as readonly Connection[];

const day = 86_400_000;
export const ago = (days: number) => new Date(Date.now() - days * day);

const questions: Readonly<Record<string, Omit<ListQuestion, 'limit'>>> = {
  all: { filter: {} },
  'of one connection': { filter: { aliases: ['wechat'] } },
  'of three connections': { filter: { aliases: ['wechat', 'github', 'feishu'] } },
  'dead grants': { filter: { states: ['reauthorization_required'] } },
  'dead grants of a connection and a reason': {
    filter: { states: ['reauthorization_required'], aliases: ['feishu'], reasons: ['password_changed'] },
  },
  'dead grants by linking': { filter: { states: ['reauthorization_required'] }, sort: 'linked' },
  'revoked grants': { filter: { states: ['revoked'] } },
  active: { filter: { states: ['active'] } },
  expiring: { filter: { states: ['expiring'] } },
  retrying: { filter: { states: ['retrying'] } },
  'refreshing (none)': { filter: { states: ['refreshing'] } },
  'by the next end': { filter: {}, sort: 'ends' },
  'ends within 14 days, of a connection': { filter: { endsBefore: ago(-14), aliases: ['feishu'] } },
  'used by an app': { filter: { app: 'app_notes' } },
  'used by an app, dead': { filter: { app: 'app_rare', states: ['reauthorization_required'] } },
  'not used for 80 days': { filter: { lastUsedBefore: ago(80) } },
  'used today': { filter: { lastUsedAfter: ago(1) } },
  'linked in one week': { filter: { linkedSince: ago(30), linkedUntil: ago(23) } },
  'q=王小 (two characters)': { filter: { search: '王小' } },
  'q=王欧阳 (no match)': { filter: { search: '王欧阳' } },
  'q=王 (one, common)': { filter: { search: '王' } },
  'q=欧 (one, rare)': { filter: { search: '欧' } },
  'q=小明': { filter: { search: '小明' } },
  'q=person.abc (addresses)': { filter: { search: 'person.abc' } },
  'q=.example (every address)': { filter: { search: '.example' } },
  'q=chloé': { filter: { search: 'chloé' } },
  'q=x (one letter)': { filter: { search: 'x' } },
  'q=李伟 among dead grants': { filter: { search: '李伟', states: ['reauthorization_required'] } },
};

/** The list of linked accounts with each filter and order. */
export function listsOfAccounts(database: Database): readonly Listed[] {
  const entries = createEntryReads(database.pool);
  const list = createIdentityList({
    store: createIdentityListStore(database.pool),
    identities: {
      byIds: async (ids) =>
        (await createIdentityStore(database, tags).byIds(ids)) as unknown as readonly Identity[],
    },
    connections: { all: async () => connections },
    vault: {
      async health(identities) {
        const found = await entries.findMany(identities.map(({ id }) => id));
        const byId = new Map(identities.map(({ id, connection }) => [id, connection]));
        return new Map(
          found.flatMap((entry) => {
            const { connector } = byId.get(entry.identityId) ?? {};
            if (!connector) return [];
            const about = { now: new Date(), clientId: 'client', movedAt: undefined, statesScopes: false };
            return [[entry.identityId, healthOf(entry, connector.refresh, about)] as const];
          }),
        );
      },
      standingFacts,
    },
    clock: systemClock,
  });
  return Object.entries(questions).map(([name, question]) => ({
    name: `accounts: ${name}`,
    searched: true,
    async page(limit, after) {
      const page = await list.page({ ...question, limit, after: after as ListPosition | undefined });
      return { rows: page.items.length, next: page.next, stopped: page.lookedBackTo !== undefined };
    },
  }));
}
