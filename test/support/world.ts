import { randomBytes, randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { type Broker, createBroker } from '../../src/assembly/broker.ts';
import { registerLab } from '../../src/assembly/developer-mode.ts';
import { adoptAll, openRowTags } from '../../src/assembly/row-tags.ts';
import {
  type ClientCertificateSettings,
  createClientCertificates,
} from '../../src/http/client-certificate.ts';
import type { FloodLimitSettings } from '../../src/http/flood-limits.ts';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { createKeyring, type EncryptionKey } from '../../src/kit/keys/keyring.ts';
import type { RowTags } from '../../src/kit/keys/row-tags.ts';
import { createLog } from '../../src/kit/log.ts';
import { Secret } from '../../src/kit/secret.ts';
import { createLab, type Lab, type RunningLab } from '../../src/lab/lab.ts';
import type { StreamSettings } from '../../src/webhooks/stream-target.ts';
import { atEnd } from './at-end.ts';
import { type TestClock, testClock } from './clock.ts';
import { freshDatabase, type TestDatabase } from './database.ts';
import { type LabChoice, withLabConnections } from './lab-connections.ts';
import { dump, expectNoSecrets } from './leaks.ts';
import { listenForAgents } from './received.ts';
import { occurrences } from './spellings.ts';
import { startTerminator } from './tls.ts';

/** Broker, lab and database, all real, on ports of their own. */
export interface World {
  readonly issuer: string;
  readonly broker: Broker;
  readonly lab: RunningLab;
  readonly minted: Lab['minted'];
  /** Receives each secret that the broker creates, so that tests can search for leaks. */
  remember(...secrets: readonly (string | undefined)[]): void;
  readonly database: TestDatabase;
  readonly clock: TestClock;
  readonly adminToken: string;
  /** All log output, at debug level. */
  readonly logged: () => string;
  /** Tags the rows as they are now, for a test that has changed them itself. */
  adopt(): Promise<void>;
  /** The key of the row tags, as the broker has it. */
  rowTags(): Promise<RowTags>;
  /** A second broker on the same database, at another port, like a second process. */
  another(change?: Change): Promise<{ broker: Broker; url: string }>;
  /** The lab's control API. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
}

export interface Change {
  readonly keys?: readonly EncryptionKey[];
  /** Closed together with the world. */
  readonly database?: Database;
}

export interface WorldOptions {
  /** The hosts on this machine that the broker may reach beside the lab's. */
  readonly allowedPrivateHosts?: readonly string[];
  /** The lab's providers that are connections beside the usual ones. */
  readonly providers?: LabChoice;
  /** The key ring; the default is a new one. */
  readonly keys?: readonly EncryptionKey[];
  /** The reverse proxies whose X-Forwarded-For is believed; default 0. */
  readonly trustedProxyHops?: number;
  /** Default: no limits. */
  readonly floodLimits?: FloodLimitSettings;
  /** The setting ADMIN_APPROVALS. */
  readonly adminApprovals?: boolean;
  /** The setting AUDIT_ADDRESSES. */
  readonly auditAddresses?: 'full' | 'prefix' | 'none';
  /** The setting AUDIT_STREAM. */
  readonly auditStream?: StreamSettings;
  /** The setting CONSOLE_CONNECTIONS. */
  readonly consoleConnections?: readonly string[];
  /** True to serve TLS, for clients that require it. */
  readonly secure?: boolean;
  /** The database; the default is a new one. */
  readonly database?: TestDatabase;
  readonly backgroundConsent?: 'operator' | 'required';
  /** The setting MCP. */
  readonly mcp?: boolean;
  /** The setting DPOP_NONCE. */
  readonly requireDpopNonce?: boolean;
  /** The settings CLIENT_CERTIFICATE_HEADER and CLIENT_CERTIFICATE_PROXIES. */
  readonly clientCertificates?: ClientCertificateSettings;
}

export async function createWorld({
  allowedPrivateHosts = [],
  keys = [{ id: 'test', key: randomBytes(32) }],
  providers = [],
  secure = false,
  adminApprovals = false,
  trustedProxyHops = 0,
  floodLimits,
  ...given
}: WorldOptions = {}): Promise<World> {
  const database = given.database ?? (await freshDatabase());
  const clock = testClock();
  const port = await freePort();
  const terminator = secure ? await startTerminator(() => port) : undefined;
  const issuer = terminator ? `https://localhost:${terminator.port}` : `http://localhost:${port}`;
  const adminToken = randomBytes(24).toString('base64url');
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const keyring = createKeyring(keys);
  const labWorks = createLab({ clock, redirectOrigins: [issuer] });
  const lab = await labWorks.listen(0);
  const options = {
    issuer,
    trustedProxyHops,
    ...(floodLimits && { floodLimits }),
    allowLoopbackHosts: true,
    allowedPrivateHosts: [new URL(lab.url).host, ...allowedPrivateHosts],
    adminApiToken: new Secret(adminToken),
    backgroundConsent: given.backgroundConsent,
    requireDpopNonce: given.requireDpopNonce,
    clientCertificates: given.clientCertificates && createClientCertificates(given.clientCertificates),
    adminApprovals,
    consoleConnections: given.consoleConnections,
    auditAddresses: given.auditAddresses,
    auditStream: given.auditStream,
    mcp: given.mcp,
    spillDirectory: path.join(os.tmpdir(), `symbolon-spill-${randomBytes(6).toString('hex')}`),
    keyring,
    clock,
    log,
  };
  const broker = await createBroker({ ...options, database });
  await broker.listen(port, '127.0.0.1');
  const received = given.mcp ? listenForAgents() : undefined;
  received?.at(port);
  await registerLab(broker, withLabConnections(lab, providers));
  const brokers = new Set([adminToken]);
  atEnd(async () => {
    const { rows } = await database.pool.query('SELECT 1 FROM "user" LIMIT 1');
    const secrets = [...labWorks.minted(), ...brokers];
    const places = { log: lines.join(''), database: await dump(database) };
    await terminator?.close();
    await broker.close();
    await lab.close();
    received?.end();
    expectNoSecrets(secrets, places);
    if (received) expect(received.answers().length).toBeGreaterThan(0);
    if (received) expect(occurrences([...secrets, ...received.passed()], received.answers())).toEqual([]);
    // A world without a sign-in has no secrets to leak.
    if (rows.length > 0) expect(secrets.length).toBeGreaterThan(5);
  });

  return {
    issuer,
    broker,
    lab,
    minted: () => labWorks.minted(),
    remember(...secrets) {
      for (const secret of secrets) if (secret) brokers.add(secret);
    },
    database,
    clock,
    adminToken,
    logged: () => lines.join(''),
    async adopt() {
      await adoptAll(database, await openRowTags({ database, keyring }));
    },
    rowTags: () => openRowTags({ database, keyring }),
    async another(change = {}) {
      const second = change.database ?? createDatabase({ url: database.url, poolSize: 10 });
      const own = change.keys && { keyring: createKeyring(change.keys) };
      const sibling = await createBroker({ ...options, ...own, database: second });
      const siblingPort = await sibling.listen(0, '127.0.0.1');
      received?.at(siblingPort);
      atEnd(async () => {
        await sibling.close();
        await second.close();
      });
      return { broker: sibling, url: `http://localhost:${siblingPort}` };
    },
    async control(method, path, body) {
      const init =
        body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const response = await fetch(`${lab.url}/control/${path}`, { method, ...init });
      if (!response.ok)
        throw new Error(`lab control ${method} ${path}: ${response.status} ${await response.text()}`);
      const text = await response.text();
      return text === '' ? undefined : JSON.parse(text);
    },
  };
}

/** The ports are below those that the system assigns by itself, so that a port is still free later. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(12_000, 32_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
  throw new Error('no free port');
}
