import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';

import { adoptAll, openRowTags } from '../../../src/assembly/row-tags.ts';
import { createHttpApp } from '../../../src/http/app.ts';
import { createCsrf } from '../../../src/http/csrf.ts';
import { errorHandler } from '../../../src/http/errors.ts';
import { createIssuance, type Issuance } from '../../../src/issuance/issuance.ts';
import type { LoginRequest, Person } from '../../../src/issuance/ports.ts';
import { createEvents } from '../../../src/kit/events/events.ts';
import { createKeyring, type Keyring } from '../../../src/kit/keys/keyring.ts';
import { createLog } from '../../../src/kit/log.ts';
import { createOutbound } from '../../../src/kit/outbound.ts';
import { atEnd } from '../../support/at-end.ts';
import { type TestClock, testClock } from '../../support/clock.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

/** The room on a real server and database, with stand-ins for its neighbours. */
export interface Room {
  readonly issuer: string;
  /** The base URL of the server: the issuer, unless the issuer is invented. */
  readonly address: string;
  readonly issuance: Issuance;
  readonly database: TestDatabase;
  readonly clock: TestClock;
  readonly keyring: Keyring;
  readonly people: Map<string, Person>;
  /** Tags the rows as they are now, for a test that has changed them itself. */
  readonly adopt: () => Promise<unknown>;
  /** The calls that the login room received. */
  readonly logins: LoginRequest[];
  /** All log output, at debug level. */
  readonly logLines: string[];
  /** The person whom the provider signs in next. */
  arriving: { userId: string } | { error: 'access_denied' } | { broken: true };
  /** The ids of people who have yet to accept an agreement. */
  readonly disagreeing: Set<string>;
}

export interface RoomOptions {
  readonly database?: TestDatabase;
  /** Another process on the same database. It shares the issuer, but listens elsewhere. */
  readonly issuer?: string;
  readonly clock?: TestClock;
  /** Hosts that may have a private address. */
  readonly privateHosts?: readonly string[];
  /** Seconds. */
  readonly pollInterval?: number;
}

const newTerms = { app: null, version: '2', url: 'https://id.example/terms', privacy: null };

export const connectionIds = { wechat: 'con_wechat', github: 'con_github', linkonly: 'con_linkonly' };

export async function openRoom(options: RoomOptions = {}): Promise<Room> {
  const database = options.database ?? (await freshDatabase());
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = options.issuer ?? address;
  const logLines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logLines.push(String(chunk));
      done();
    },
  });
  const log = createLog('debug', sink);
  const clock = options.clock ?? testClock();
  const keyring = createKeyring([{ id: 'test', key: Buffer.alloc(32, 7) }]);
  const rowTags = await openRowTags({ database, keyring });
  const allowedPrivateHosts = ['127.0.0.1', ...(options.privateHosts ?? [])];
  const outbound = createOutbound({ allowedPrivateHosts });
  const people = new Map(['usr_lin', 'usr_mei'].map((id) => [id, person(id)]));
  await seedConnections(database);

  const room: Omit<Room, 'issuance'> & { issuance?: Issuance } = {
    issuer,
    address,
    database,
    clock,
    keyring,
    adopt: () => adoptAll(database, rowTags),
    people,
    logins: [],
    logLines,
    arriving: { userId: 'usr_lin' },
    disagreeing: new Set(),
  };
  const titles = new Map(
    Object.keys(connectionIds).map((alias) => [alias, { en: `The ${alias}`, zh: alias }]),
  );
  const ids = Object.entries(connectionIds);
  const issuance = await createIssuance({
    issuer,
    secure: issuer.startsWith('https:'),
    database,
    keyring,
    rowTags,
    clock,
    log,
    pollInterval: options.pollInterval,
    outbound,
    allowedPrivateHosts,
    events: createEvents(database.pool, log),
    csrf: createCsrf(keyring.derive('csrf')),
    agreement: {
      pending: async (userId) => (room.disagreeing.has(userId) ? newTerms : undefined),
      accept: async () => true,
    },
    people: {
      find: async (id) => people.get(id),
      linked: async () => [
        {
          identityId: 'idn_1',
          connectionId: connectionIds.wechat,
          connection: 'wechat',
          provider: 'wechat-web',
          title: { en: 'The wechat', zh: 'wechat' },
          name: 'Lin of WeChat',
        },
      ],
    },
    connections: {
      forSignIn: async () =>
        ['wechat', 'github'].map((alias) => ({
          id: `con_${alias}`,
          alias,
          provider: alias,
          title: titles.get(alias) ?? { en: alias, zh: alias },
        })),
      suitable: async (alias) => alias,
      async namesOf(alias) {
        const title = titles.get(alias);
        return title && { title, account: title, platform: title };
      },
      connectionIdOf: async (alias) => ids.find(([name]) => name === alias)?.[1],
      aliasOf: async (id) => ids.find(([, value]) => value === id)?.[0],
      known: async () => ids.map(([alias, id]) => ({ id, alias, enabled: true, createdAt: new Date(0) })),
    },
    async beginLogin(_request, _response, ask) {
      room.logins.push(ask);
      if ('broken' in room.arriving) throw new Error('the provider is not set up');
      return `${issuer}/test-provider?uid=${ask.resume.uid}`;
    },
  });

  const app = createHttpApp({ issuer, trustedProxyHops: 0, allowLoopbackHosts: true, log });
  issuance.mount(app);
  app.get('/test-provider', async (request, response) => {
    const uid = String(request.query.uid);
    const who = room.arriving;
    const next =
      'userId' in who
        ? await issuance.finishLogin(uid, arrived(who.userId))
        : await issuance.failLogin(uid, 'error' in who ? who.error : 'server_error');
    response.redirect(303, next);
  });
  app.use(errorHandler(log, () => 'page'));
  server.on('request', app);
  atEnd(async () => {
    await issuance.close();
    await outbound.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return Object.assign(room, { issuance });
}

export function arrived(userId: string) {
  return { userId, connectionId: connectionIds.wechat, identityId: `idn_${userId}` };
}

export function person(id: string): Person {
  const moment = new Date('2026-01-02T03:04:05Z');
  return {
    id,
    name: `Name of ${id}`,
    picture: 'https://pictures.example/1.png',
    email: `${id}@example.com`,
    emailVerified: true,
    disabled: false,
    createdAt: moment,
    updatedAt: moment,
  };
}

async function seedConnections({ prisma }: TestDatabase): Promise<void> {
  const data = Object.entries(connectionIds).map(([alias, id]) => ({
    id,
    alias,
    provider: alias,
    clientId: 'x',
    scopes: [],
  }));
  await prisma.connection.createMany({ data, skipDuplicates: true });
}
