import { mostConsents } from '../../../src/admin/app-shapes.ts';
import { createApprovalStore } from '../../../src/admin/people/approval-store.ts';
import { createAdminTokenStore } from '../../../src/admin/people/token-store.ts';
import { createConsentStore } from '../../../src/issuance/consent/consent-store.ts';
import { createApiStore } from '../../../src/issuance/registry/api-store.ts';
import { createAppStore } from '../../../src/issuance/registry/app-store.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import type { Database } from '../../../src/kit/database/database.ts';
import { createConnectionStore } from '../../../src/login/connection-store.ts';
import { createBulkStore } from '../../../src/reporting/bulk-store.ts';
import { readConnectionHealth } from '../../../src/reporting/connection-health.ts';
import {
  createRevocationQueueStore,
  type RevocationPage,
} from '../../../src/vault/upstream-revocation/revocation-queue-store.ts';
import { createDeliveryStore, type DeliveryState } from '../../../src/webhooks/delivery-store.ts';
import { createEndpointStore } from '../../../src/webhooks/endpoint-store.ts';
import { tags } from './lists-of-accounts.ts';
import type { Listed } from './measure.ts';
import { busy, firstEndpoint } from './seed-work.ts';

/** Returns a list by its reader and the position of a row. */
function listed<Row, Position>(
  name: string,
  read: (limit: number, after: Position | undefined) => Promise<readonly Row[]>,
  positionOf: (row: Row) => Position,
): Listed {
  return {
    name,
    async page(limit, after) {
      const rows = await read(limit + 1, after as Position | undefined);
      const last = rows[limit - 1];
      const next = rows.length > limit && last !== undefined ? positionOf(last) : undefined;
      return { rows: Math.min(limit, rows.length), next };
    },
  };
}

/** Queues, jobs, and the configuration. */
export function listsOfWork(database: Database): readonly Listed[] {
  const { prisma, pool } = database;
  const departures = createRevocationQueueStore(database);
  const deliveries = createDeliveryStore(pool);
  const bulk = createBulkStore(database, tags);
  const apps = createAppStore(database, { tags, endIn: async () => undefined });
  const apis = createApiStore(database, tags);
  const consents = createConsentStore(database, { tags, known: async () => [] });
  const dated = ({ createdAt, id }: { createdAt: Date; id: string }) => ({ at: createdAt, id });

  const leaving = (name: string, filter: RevocationPage['filter']) =>
    listed(
      `departures: ${name}`,
      (limit, after: RevocationPage['after']) => departures.list({ limit, after, filter }),
      ({ createdAt, id }) => ({ createdAt, id }),
    );
  const delivered = (name: string, state: DeliveryState | undefined) =>
    listed(
      `deliveries: ${name}`,
      (limit, before: string | undefined) => deliveries.list(firstEndpoint, { limit, before, state }),
      ({ seq }) => seq,
    );
  const items = (name: string, states: readonly string[] | undefined) =>
    listed(
      `items of a job: ${name}`,
      (limit, after: string | undefined) =>
        bulk.items(`job_${'1'.padStart(26, '0')}`, { limit, after, states }),
      ({ target }) => target,
    );
  return [
    leaving('all', {}),
    leaving('pending', { state: 'pending' }),
    leaving('gave up', { state: 'gave_up' }),
    leaving('revoked', { state: 'revoked' }),
    leaving('of a connection', { connection: 'feishu' }),
    leaving('of a connection without any', { connection: 'none' }),
    leaving('of a person', { userId: busy.user }),
    leaving('of a connection that gave up', { connection: 'feishu', state: 'gave_up' }),
    delivered('all', undefined),
    delivered('pending', 'pending'),
    delivered('failed', 'failed'),
    delivered('delivered', 'delivered'),
    listed('jobs', (limit, after: { at: Date; id: string } | undefined) => bulk.list(limit, after), dated),
    items('all', undefined),
    items('failed', ['failed']),
    listed(
      'apps',
      (limit, cursor: string | undefined) => apps.list({ limit, cursor }),
      ({ id }) => id,
    ),
    listed(
      'apps: removed (none)',
      (limit, cursor: string | undefined) => apps.list({ limit, cursor, removed: true }),
      ({ id }) => id,
    ),
    listed(
      'APIs',
      (limit, cursor: string | undefined) => apis.list({ limit, cursor }),
      ({ id }) => id,
    ),
    listed('webhook endpoints', createEndpointStore(database).list, ({ id }) => id),
    listed('approvals', createApprovalStore(prisma, tags).list, dated),
    {
      name: 'connections',
      page: async () => ({ rows: (await createConnectionStore(database, tags).all()).length }),
    },
    {
      name: 'connections: health',
      async page() {
        const all = await createConnectionStore(database, tags).all();
        const asked = all.map(({ id, alias }) => ({ id, alias, hasGrants: true }));
        return { rows: (await readConnectionHealth(pool, systemClock, asked)).size };
      },
    },
    {
      name: 'apps: people who consent, of 50 apps',
      async page(limit) {
        const shown = (await apps.list({ limit: limit - 3 })).map(({ id }) => id);
        const ids = [...shown, 'app_notes', 'app_calendar', 'app_rare'];
        return { rows: (await consents.count(ids, mostConsents)).size };
      },
    },
    {
      name: 'tokens of admins',
      page: async () => ({ rows: (await createAdminTokenStore(prisma, tags).all()).length }),
    },
  ];
}
