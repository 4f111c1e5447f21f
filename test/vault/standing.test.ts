import { expect, it } from 'vitest';
import { isMoved } from '../../src/connectors/engine/destinations.ts';
import { findConnector, providers } from '../../src/connectors/registry.ts';
import type { Connection } from '../../src/login/connections.ts';
import type { Entry } from '../../src/vault/entry.ts';
import { healthOf } from '../../src/vault/health.ts';
import { standing } from '../../src/vault/standing.ts';
import { standingFacts } from '../../src/vault/standing-facts.ts';
import { createRandom } from '../chaos/random.ts';
import { freshDatabase } from '../support/database.ts';

// The database and `healthOf` must say the same about each entry, at each connector's traits.

const { pool } = await freshDatabase();
const random = createRandom('2026-11-30', 'standing');
const now = new Date('2026-11-30T10:00:00.000Z');
const count = 10_000;

const connections = providers.map((provider, index) => connectionAt(provider, index));

function connectionAt(provider: string, index: number): Connection {
  const connector = findConnector(provider);
  const [same] = connector?.sameProviderOrigins ?? [];
  const token = same ?? `https://token.${index}.example`;
  const endpoints = { token: `${token}/token`, api: `https://api.${index}.example/v1` };
  // Some were changed after the upgrade that sealed origins.
  const unmarkedOrigins = index % 3 === 0 ? [`https://before.${index}.example`] : undefined;
  return {
    id: `con_${index}`,
    connector,
    registration: { clientId: 'present', endpoints, unmarkedOrigins },
    changedAt: new Date(now.getTime() - index * 1_000),
  } as unknown as Connection;
}

/** Moments around now and around the notice of an end, also to the millisecond. */
function moment(): Date | null {
  const days = random.pick([-400, -1, -0.001, 0, 0.001, 1, 4.999, 5, 5.001, 30, 400]) ?? 0;
  const off = random.pick([-1, 0, 0, 1, 12_345]) ?? 0;
  return random.chance(0.3) ? null : new Date(now.getTime() + days * 86_400_000 + off);
}

type Described = Entry & { readonly origins: string | null; readonly describedVersion: number | null };

function entryAt(index: number): { entry: Described; connection: Connection; movedAt: Date | undefined } {
  const connection = connections[index % connections.length] as Connection;
  const { endpoints } = connection.registration;
  const { sameProviderOrigins = [] } = connection.connector;
  const present = [endpoints.token ?? '', endpoints.api ?? ''].map((address) => new URL(address).origin);
  const sealed = random.pick([
    ...[undefined, undefined, present, present, present, ['https://gone.example'], present.slice(0, 1)],
    [...sameProviderOrigins.slice(-1), ...present.slice(1)],
    connection.registration.unmarkedOrigins,
  ]);
  const isOpen = random.chance(0.95);
  const state = random.pick(['active', 'active', 'active', 'reauthorization_required', 'revoked'] as const);
  const version = random.pick([1, 2, 7]) ?? 1;
  const entry = {
    identityId: `idn_${index}`,
    connectionId: connection.id,
    version,
    state: state ?? 'active',
    stateReason: random.pick([null, 'rejected', 'expired', 'requested_by_operator'] as const) ?? null,
    stateSince: moment() ?? now,
    grantedScopes: random.pick([[], ['openid']]) ?? [],
    refreshable: random.chance(0.6),
    accessExpiresAt: moment(),
    refreshExpiresAt: moment(),
    absoluteCapAt: moment(),
    leaseUntil: random.chance(0.2) ? moment() : null,
    lastRefreshedAt: moment(),
    depositedAt: moment() ?? now,
    failures: random.pick([0, 0, 0, 1, 9]) ?? 0,
    unverified: random.chance(0.15),
    retryAt: moment(),
    clientId: random.pick([null, 'present', 'present', 'former']) ?? null,
    origins: isOpen ? (sealed?.join(' ') ?? null) : '',
    // An older process has saved a set without origins.
    describedVersion: isOpen && sealed === undefined && random.chance(0.5) ? null : version,
  } as unknown as Described;
  const moved = isOpen && entry.state === 'active' && isMoved(connection, sealed, 'serve');
  return { entry, connection, movedAt: moved ? connection.changedAt : undefined };
}

interface Stands {
  readonly state: string;
  readonly reason: string | null;
  readonly since: Date;
}

it('is what the pages say, for ten thousand entries', async () => {
  const made = Array.from({ length: count }, (_, index) => entryAt(index));
  const column = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const rows = made.map(({ entry }) =>
    Object.fromEntries(Object.entries(entry).map(([name, value]) => [column(name), value])),
  );
  const { state, reason, since } = standing({ entry: 'e', facts: '$2::jsonb', now: '$3::timestamptz' });
  const { rows: found } = await pool.query<Stands>(
    `SELECT ${state} AS state, ${reason} AS reason, ${since} AS since
     FROM json_populate_recordset(NULL::vault_entry, $1) WITH ORDINALITY AS e ORDER BY e.ordinality`,
    [JSON.stringify(rows), JSON.stringify(standingFacts(connections)), now],
  );

  const said = made.map(({ entry, connection, movedAt }) => {
    const { connector, registration } = connection;
    const facts = { now, clientId: registration.clientId, movedAt };
    const health = healthOf(entry, connector.refresh, facts);
    return { state: health.state, reason: health.reason, since: health.since };
  });
  const wrong = said.flatMap((one, index) => {
    const { state: stored, reason: why, since: at } = found[index] as Stands;
    const same = stored === one.state && why === one.reason && at.getTime() === one.since.getTime();
    return same ? [] : [{ said: one, found: found[index], entry: made[index]?.entry }];
  });
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(found).toHaveLength(count);
  // All states and the computed reasons have occurred.
  expect([...new Set(found.map((one) => one.state))].sort()).toEqual([
    ...['active', 'expiring', 'reauthorization_required', 'refreshing', 'retrying', 'revoked'],
  ]);
  expect(new Set(found.map((one) => one.reason))).toContain('origin_changed');
  expect(new Set(found.map((one) => one.reason))).toContain('not_refreshable');
});
