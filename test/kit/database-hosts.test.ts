import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { hostUrls } from '../../src/kit/database/database-hosts.ts';
import { plaintextHost } from '../../src/kit/database/database-session.ts';
import { listen } from '../../src/kit/database/notifications.ts';
import { openDatabase } from '../../src/kit/database/open-database.ts';
import { createLog } from '../../src/kit/log.ts';
import { atEnd } from '../support/at-end.ts';
import { asSuperuser, freshDatabaseUrl } from '../support/database.ts';
import { type Line, startLine } from '../support/database-line.ts';

/** A primary and its standby, each reached through a relay that can be disturbed. */
interface Pair {
  readonly url: string;
  readonly one: Line;
  readonly two: Line;
  /** Past the relays. */
  readonly direct: readonly [one: string, two: string];
}

/** The standby is a copy of the stopped primary, on a timeline of its own once it is promoted. */
async function startPair(): Promise<Pair> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'pair-'));
  atEnd(() => rm(directory, { recursive: true, force: true, maxRetries: 10 }));
  await chmod(directory, 0o711);
  const [first, second] = [path.join(directory, 'one'), path.join(directory, 'two')];
  const made = await startEmbeddedPostgres(first);
  await made.stop();
  await promisify(execFile)('cp', ['-a', first, second]);
  await writeFile(path.join(second, 'data/standby.signal'), '');
  const [primary, standby] = await Promise.all([startEmbeddedPostgres(first), startEmbeddedPostgres(second)]);
  for (const { stop } of [primary, standby]) atEnd(stop);
  const [one, two] = [await startLine(primary.url), await startLine(standby.url)];
  const hosts = [two, one].map(({ url }) => new URL(url).host).join(',');
  const url = primary.url.replace(/@[^/]*/, `@${hosts}`);
  return { url, one, two, direct: [primary.url, standby.url] };
}

const promote = (url: string) => asSuperuser(url, 'SELECT pg_promote()');

const refusal = (database: Database) => () =>
  database.pool.query('SELECT 1').then(
    () => 'answered',
    ({ message }: Error) => message,
  );

describe('of several hosts', () => {
  it('the one that accepts writes is used, through a freeze, a promotion and a thaw', async () => {
    const { url, one, two, direct } = await startPair();
    const database = createDatabase({ url, poolSize: 4 });
    atEnd(() => database.close());
    const port = async () => (await database.pool.query('SELECT inet_server_port() AS port')).rows[0].port;
    const [first, second] = direct.map((each) => Number(new URL(each).port));
    expect(await port()).toBe(first);

    const heard: string[] = [];
    const notifications = await listen({
      connection: database.session,
      channels: { news: (message) => heard.push(message) },
      notify: async (channel, message) => {
        await database.pool.query('SELECT pg_notify($1, $2)', [channel, message]);
      },
      log: createLog('silent'),
      heard: database.heard,
      onListening: async () => undefined,
      onLost: () => undefined,
      whileDisconnected: async () => undefined,
    });
    atEnd(() => notifications.close());

    const busy = Array.from({ length: 4 }, () => database.pool.query('SELECT pg_sleep(20)'));
    const ended = Promise.allSettled(busy);
    one.swallow();
    await promote(direct[1]);
    // The connection that listens notices the freeze, and all others are closed at once.
    expect((await ended).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    expect(await port()).toBe(second);
    await expect.poll(() => notifications.isListening(), { timeout: 5_000 }).toBe(true);
    await asSuperuser(direct[1], `NOTIFY news, 'from the new primary'`);
    await expect.poll(() => heard).toEqual(['from the new primary']);

    // The former primary is back, and believes that it still is the primary.
    one.mend();
    const another = createDatabase({ url, poolSize: 1 });
    atEnd(() => another.close());
    expect((await another.pool.query('SELECT inet_server_port() AS port')).rows).toEqual([{ port: second }]);
    // Without the new one, it still is not used: what it accepts would be lost.
    two.cut();
    await expect
      .poll(refusal(database), { timeout: 3000 })
      .toMatch(/: was the primary before another one\)$/);
    two.mend();
    await expect.poll(port).toBe(second);
    // A cluster may go back by itself: its other servers follow the former primary again, and only read.
    await asSuperuser(direct[1], `ALTER SYSTEM SET default_transaction_read_only = on`);
    await asSuperuser(direct[1], 'SELECT pg_reload_conf()');
    two.cut();
    two.mend();
    await expect.poll(port).toBe(first);
  });

  it('each is checked before the first connection', async () => {
    const several = 'postgresql://u:p%40@db-1,[::1]:5433,db-3:1/name?sslmode=disable&schema=s';
    expect(hostUrls(several)).toEqual([
      'postgresql://u:p%40@db-1/name?sslmode=disable&schema=s',
      'postgresql://u:p%40@[::1]:5433/name?sslmode=disable&schema=s',
      'postgresql://u:p%40@db-3:1/name?sslmode=disable&schema=s',
    ]);
    expect(plaintextHost(several)).toBe('db-1');
    expect(plaintextHost('postgresql://127.0.0.1,[::1]:5433,db-3/name')).toBe('db-3');
    expect(plaintextHost('postgresql://db-1,db-2/name?sslmode=verify-full')).toBeUndefined();
    expect(() => plaintextHost('postgresql://db-1,db-2:port/name')).toThrow(/^it cannot be read/);
    const attributes = (value: string) => `postgresql://[::1],localhost/name?target_session_attrs=${value}`;
    for (const value of ['read-write', 'primary']) expect(plaintextHost(attributes(value))).toBeUndefined();
    for (const value of ['any', 'standby', 'prefer-standby', 'read-only'])
      expect(() => plaintextHost(attributes(value))).toThrow(/needs the server that accepts writes/);
  });

  it('one is enough for a start; without any, it says why of each', async () => {
    const line = await startLine(await freshDatabaseUrl());
    const { host } = new URL(line.url);
    const url = line.url.replace(host, `127.0.0.1:1,${host}`);
    const start = () => openDatabase({ url, directUrl: undefined, poolSize: 1 });
    const { database, applied } = await start();
    await database.close();
    expect(applied).toEqual([]);
    line.cut();
    await expect(start()).rejects.toThrow(
      /^DATABASE_URL: no server accepts writes \(127\.0\.0\.1:1: .*ECONNREFUSED.*; 127\.0\.0\.1:\d+: .+\)$/,
    );
  });
});
