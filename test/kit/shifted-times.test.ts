import { randomBytes } from 'node:crypto';
import { TypeID } from 'typeid-js';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRowTags } from '../../src/assembly/row-tags.ts';
import { shiftedTables } from '../../src/assembly/shifted-tables.ts';
import { createIdentityStore } from '../../src/identities/identity-store.ts';
import { createArtifactStore } from '../../src/issuance/artifacts/artifact-store.ts';
import { createConsentStore } from '../../src/issuance/consent/consent-store.ts';
import { sealContext } from '../../src/issuance/keys/make-signing-key.ts';
import { createBackchannelLogoutStore } from '../../src/issuance/sessions/backchannel-logout-store.ts';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { createHeardChanges } from '../../src/kit/database/heard-changes.ts';
import { openDatabase } from '../../src/kit/database/open-database.ts';
import { createShiftedTimesStore } from '../../src/kit/database/shifted-times-store.ts';
import { createEventAppender } from '../../src/kit/events/event-store.ts';
import { newId } from '../../src/kit/ids.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { sealColumn } from '../../src/kit/keys/sealed-column.ts';
import { createSignalStore } from '../../src/signals/signal-store.ts';
import { createEnqueueStore } from '../../src/vault/upstream-revocation/enqueue-store.ts';
import { atEnd } from '../support/at-end.ts';
import { runCommand } from '../support/command.ts';
import { asSuperuser, emptyDatabaseUrl, freshDatabaseUrl } from '../support/database.ts';
import { earlierDatabase } from '../support/earlier-database.ts';

const hour = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * hour);
const key = randomBytes(32);
const keyring = createKeyring([{ id: 'k', key }]);
const settings = (url: string) => ({
  NODE_ENV: 'development',
  DATABASE_URL: url,
  ENCRYPTION_KEYS: `k:${key.toString('base64')}`,
});

it('the migration records the former zone of sessions', async () => {
  const url = await emptyDatabaseUrl();
  await asSuperuser(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET timezone = 'Asia/Kolkata'`);
  const { database } = await openDatabase({ url, directUrl: undefined, poolSize: 2 });
  atEnd(() => database.close());
  expect((await database.pool.query('SELECT zone FROM stored_time')).rows).toEqual([
    { zone: 'Asia/Kolkata' },
  ]);
});

it('a zone that is always UTC, by any name, has stored nothing wrong', async () => {
  const database = createDatabase({ url: await freshDatabaseUrl(), poolSize: 2 });
  atEnd(() => database.close());
  const { differs } = createShiftedTimesStore(database.pool);
  const zones = ['UTC', 'Etc/GMT', 'Asia/Kolkata', '<+08>-08', 'Mars/Olympus'];
  expect(await Promise.all(zones.map(differs))).toEqual([false, false, true, true, undefined]);
});

/** Earlier versions read ISO dates only. */
async function moveTo(url: string, zone: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await asSuperuser(
    url,
    `ALTER DATABASE ${name} SET timezone = '${zone}'; ALTER DATABASE ${name} SET datestyle = ISO`,
  );
}

/** Writes rows of the given person through the stores themselves. Returns the intended times by place. */
async function fill(database: Pick<Database, 'prisma' | 'pool' | 'heard'>, person: string, now: Date) {
  const whole = database as Database;
  const { prisma, pool } = whole;
  const rowTags = await openRowTags({ database: whole, keyring });
  // Each broker makes its signing keys before the first person signs in.
  await pool.query(
    `INSERT INTO signing_key (id, alg, public_jwk, private_jwk, state) VALUES ($1, 'RS256', '{}', $2, 'retired')`,
    [`key_${person}`, sealColumn(keyring, '{}', sealContext(`key_${person}`))],
  );
  // The time that the process wrote.
  await prisma.auditEvent.create({
    data: { id: newId('evt'), at: now, type: 'user.created', userId: person },
  });
  const line = {
    id: newId('evt'),
    type: 'token.retrieved',
    userId: person,
    requestId: undefined,
    actorKind: 'system',
    actorId: null,
    address: undefined,
    age: 0,
    detail: {},
  } as const;
  await createEventAppender(pool)([line]);
  await prisma.connection.create({
    data: {
      id: newId('con'),
      alias: `alias-${person}`,
      provider: 'github',
      clientId: 'c',
      scopes: [],
      createdAt: now,
      updatedAt: now,
    },
  });
  const connection = await prisma.connection.findFirstOrThrow({ where: { alias: `alias-${person}` } });
  const identity = newId('idn');
  const profile = { alternates: {}, name: null, picture: null, email: null, emailVerified: false };
  const identityKey = { connectionId: connection.id, issuer: 'https://a.example', subject: person };
  // An account that may be one of a user is stored by Prisma, as all were.
  await createIdentityStore(whole, rowTags).insertWithUser(
    { id: identity, userId: person, ...identityKey, ...profile, shared: undefined },
    { sharing: [], unconfirmed: [{ ...identityKey, subject: `other-${person}` }], unconfirmedThere: [] },
    now,
  );
  await pool.query(
    `INSERT INTO vault_entry (identity_id, ciphertext, wrapped_key, key_id, refreshable) VALUES ($1, 'a', 'b', 'k', true)`,
    [identity],
  );
  const leaver = {
    identityId: identity,
    userId: person,
    connectionId: connection.id,
    subject: 's',
    issuer: 'i',
  };
  await createEnqueueStore(whole).enqueueLinked({ ...leaver, connection: undefined }, now);
  const app = newId('app');
  await prisma.app.create({
    data: {
      id: app,
      name: 'a',
      type: 'web',
      redirectUris: [],
      postLogoutRedirectUris: [],
      apis: [],
      createdAt: now,
      updatedAt: now,
    },
  });
  await createConsentStore(whole, { tags: rowTags, known: async () => [] }).put({
    userId: person,
    appId: app,
    scopes: { oidc: [], resources: {}, connections: [] },
    declined: { resources: {}, connections: [] },
    at: now,
  });
  await createBackchannelLogoutStore(whole).add([{ appId: app, userId: person, sid: 's' }], now);
  const signals = createSignalStore(whole);
  await signals.open(connection.id, 'message', now);
  await signals.close(connection.id, 'message', now);
  const origin = { sessionUid: person, userId: person, connectionId: connection.id, identityId: identity };
  await prisma.sessionOrigin.create({ data: { ...origin, at: now } });
  const exp = Math.floor(now.getTime() / 1000) + 3600;
  const artifact = {
    payload: JSON.stringify({ exp }),
    grantId: null,
    uid: null,
    accountId: person,
    clientId: null,
  };
  const artifacts = createArtifactStore(whole, rowTags);
  await artifacts.put('AccessToken', `put ${person}`, { ...artifact, expiresAt: new Date(exp * 1000) });
  await artifacts.putNew('ReplayDetection', `new ${person}`, {
    ...artifact,
    expiresAt: new Date(exp * 1000),
  });
}

/** Returns by how many whole hours each stored time of that person is off. */
async function off(url: string, person: string, now: Date): Promise<Record<string, number[]>> {
  const meant: Record<string, string> = {
    event: `SELECT at AS t FROM audit_event WHERE user_id = $1 ORDER BY type`,
    connection: `SELECT unnest(ARRAY[created_at, updated_at]) AS t FROM connection WHERE alias = 'alias-' || $1`,
    user: `SELECT unnest(ARRAY[created_at, last_login_at]) AS t FROM "user" WHERE id = $1`,
    identity: `SELECT unnest(ARRAY[linked_at, last_login_at]) AS t FROM identity WHERE user_id = $1`,
    entry: `SELECT state_since AS t FROM vault_entry JOIN identity ON id = identity_id WHERE user_id = $1`,
    departure: `SELECT unnest(ARRAY[created_at, next_at]) AS t FROM departure WHERE user_id = $1`,
    app: `SELECT unnest(ARRAY[created_at, updated_at]) AS t FROM app JOIN consent ON app_id = id WHERE user_id = $1`,
    consent: `SELECT at AS t FROM consent WHERE user_id = $1`,
    logout: `SELECT created_at AS t FROM backchannel_logout WHERE user_id = $1`,
    signal: `SELECT unnest(ARRAY[received_at, done_at]) AS t FROM signal JOIN connection ON connection_id = id
      WHERE alias = 'alias-' || $1`,
    origin: `SELECT at AS t FROM session_origin WHERE user_id = $1`,
    artifact: `SELECT expires_at - interval '1 hour' AS t FROM artifact WHERE account_id = $1 ORDER BY kind`,
  };
  const database = createDatabase({ url, poolSize: 2 });
  const entries = [];
  for (const [name, text] of Object.entries(meant)) {
    const { rows } = await database.pool.query<{ t: Date }>(text, [person]);
    entries.push([name, rows.map(({ t }) => Math.round((t.getTime() - now.getTime()) / hour) + 0)]);
  }
  await database.close();
  return Object.fromEntries(entries);
}

const allRight = {
  event: [0, 0],
  connection: [0, 0],
  user: [0, 0],
  identity: [0, 0],
  entry: [0],
  departure: [0, 0],
  app: [0, 0],
  consent: [0],
  logout: [0],
  signal: [0, 0],
  origin: [0],
  artifact: [0, 0],
};

describe.each([
  { zone: 'America/New_York', sign: 1 },
  { zone: 'Asia/Shanghai', sign: -1 },
])('a database that was in $zone', ({ zone, sign }) => {
  const earlier = newId('usr');
  const later = newId('usr');
  const imported = newId('usr');
  const now = new Date();
  let url: string;

  beforeAll(async () => {
    url = await freshDatabaseUrl();
    await moveTo(url, zone);
    const before = earlierDatabase(url);
    await fill({ ...before, heard: createHeardChanges() }, earlier, now);
    await before.pool.query(`INSERT INTO "user" (id, created_at, last_login_at) VALUES ($1, $2, $2)`, [
      imported,
      ago(9_000),
    ]);
    await asSuperuser(url, `UPDATE stored_time SET zone = '${zone}', since = now()`);
    const database = createDatabase({ url, poolSize: 2 });
    atEnd(() => database.close());
    await fill(database, later, new Date());
  });

  it('has stored Prisma’s times hours off, and SQL’s right', async () => {
    const shifts = await off(url, earlier, now);
    const [written, retrieved] = [shifts.event?.[1] ?? 0, shifts.event?.[0]];
    expect(Math.sign(written)).toBe(sign);
    expect(retrieved).toBe(0);
    expect(shifts).toMatchObject({
      user: [written, written],
      entry: [written],
      departure: [written, written],
      signal: [written, written],
      artifact: [0, written],
    });
    expect(await off(url, later, now)).toEqual(allRight);
  });

  it.skipIf(sign < 0)('is counted without a change', async () => {
    const before = await off(url, earlier, now);
    const { stdout, stderr, code } = await runCommand(['times', 'check'], settings(url));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Sessions were in ${zone} until 20`));
    expect(stdout).toMatch(/^user +3 +1 +1$/m);
    expect(stdout).toMatch(/^audit_event +4 +1 +0$/m);
    expect(stdout).toMatch(/symbolon times mend puts 12 rows right/);
    expect(await off(url, earlier, now)).toEqual(before);
  });

  it('is corrected once, also if the command runs twice at once and again', async () => {
    const database = createDatabase({ url, poolSize: 4 });
    const times = createShiftedTimesStore(database.pool);
    const recorded = await times.recorded();
    if (!recorded) throw new Error('no zone is recorded');
    const pass = async () => {
      for (const table of shiftedTables) await times.pass(table, recorded, true);
    };
    await Promise.all([pass(), pass()]);
    expect(await off(url, earlier, now)).toEqual(allRight);
    await pass();
    const mended = Object.keys((await times.recorded())?.mended ?? {});
    expect(mended.sort()).toEqual(shiftedTables.map(({ table }) => table).sort());
    await database.close();
    expect(await off(url, earlier, now)).toEqual(allRight);
    expect(await off(url, later, now)).toEqual(allRight);
    const rows = await asSuperuser(url, `SELECT created_at FROM "user" WHERE id = '${imported}'`);
    expect(rows).toEqual([{ created_at: expect.any(Date) }]);
    const [{ created_at }] = rows as [{ created_at: Date }];
    expect(Math.abs(created_at.getTime() - ago(9_000).getTime())).toBeLessThan(hour / 2);
  });
});

it('a local time that the zone skipped in spring is recognised by the id', async () => {
  const url = await freshDatabaseUrl();
  const zone = 'America/New_York';
  await moveTo(url, zone);
  const at = new Date('2026-03-08T02:30:00Z');
  const uuid = `${at.getTime().toString(16).padStart(12, '0')}7`
    .padEnd(16, '0')
    .padEnd(17, '8')
    .padEnd(32, '0');
  const id = TypeID.fromUUID('evt', uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')).toString();
  const { prisma, pool } = earlierDatabase(url);
  await prisma.auditEvent.create({ data: { id, at, type: 'user.created' } });
  const stored = () =>
    asSuperuser(url, `SELECT to_char(at AT TIME ZONE 'UTC', 'HH24:MI') AS at FROM audit_event`);
  expect(await stored()).toEqual([{ at: '07:30' }]);
  const [events] = shiftedTables;
  if (!events) throw new Error('no table of events');
  const found = await createShiftedTimesStore(pool).pass(events, { zone, since: new Date() }, true);
  expect(found).toMatchObject({ rows: 1, shifted: 1, unknown: 0 });
  expect(await stored()).toEqual([{ at: '02:30' }]);
});
