import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createDatabase } from '../../src/kit/database/database.ts';
import { isDatabaseUnavailable } from '../../src/kit/database/database-errors.ts';
import { atEnd } from '../support/at-end.ts';
import { freshDatabaseUrl } from '../support/database.ts';

// A reset connection has no error code of PostgreSQL, and Prisma reports it differently for each kind of
// call.

/** A relay to the database, which can be cut. */
async function openWay(): Promise<{ url: string; reset(): void }> {
  const direct = new URL(await freshDatabaseUrl());
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const behind = connect(Number(direct.port), direct.hostname);
    for (const end of [socket, behind]) end.on('error', () => undefined);
    socket.pipe(behind).pipe(socket);
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(direct), { hostname: '127.0.0.1', port: String(port) }).href,
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
      sockets.clear();
    },
  };
}

it.each(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN'])(
  'a socket that ends with %s is a database failure',
  (code) => {
    expect(isDatabaseUnavailable(Object.assign(new Error(`connect ${code}`), { code }))).toBe(true);
  },
);

it.each(['the pool', 'a model'])(
  'a server with an unknown name is a database failure to %s',
  async (name) => {
    const database = createDatabase({ url: 'postgresql://u:p@database.invalid/x', poolSize: 1 });
    atEnd(() => database.close());
    const asked: Promise<unknown> =
      name === 'the pool' ? database.pool.query('SELECT 1') : database.prisma.user.count();
    const error = await asked.catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Error);
    expect(isDatabaseUnavailable(error), String(error)).toBe(true);
  },
);

type Ask = (database: ReturnType<typeof createDatabase>) => Promise<unknown>;

const asks: Readonly<Record<string, Ask>> = {
  'raw SQL of Prisma': ({ prisma }) => prisma.$queryRaw`SELECT pg_sleep(20)::text`,
  'a statement of Prisma': ({ prisma }) => prisma.$executeRaw`DO $$ BEGIN PERFORM pg_sleep(20); END $$`,
  'raw SQL in a transaction': ({ prisma }) =>
    prisma.$transaction((transaction) => transaction.$queryRaw`SELECT pg_sleep(20)::text`, {
      timeout: 30_000,
    }),
  'the pool': ({ pool }) => pool.query('SELECT pg_sleep(20)'),
};

it.each(Object.keys(asks))('%s whose connection is reset is a database failure', async (name) => {
  const way = await openWay();
  const database = createDatabase({ url: way.url, poolSize: 2, longest: Number.POSITIVE_INFINITY });
  const asking = asks[name]?.(database).catch((error: unknown) => error);
  const sleeps = `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`;
  await expect.poll(async () => (await database.pool.query(sleeps)).rowCount).toBe(1);
  way.reset();
  const error = await asking;
  expect(error).toBeInstanceOf(Error);
  expect(isDatabaseUnavailable(error), String(error)).toBe(true);
  await database.close().catch(() => undefined);
});
