import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createEvents, type Event } from '../../src/kit/events/events.ts';
import { createLog } from '../../src/kit/log.ts';
import { createMetrics } from '../../src/kit/metrics.ts';
import { type AuditStream, createAuditStream } from '../../src/webhooks/audit-stream.ts';
import { createAuditStreamStore, findStreamPosition } from '../../src/webhooks/audit-stream-store.ts';
import { createFileTarget } from '../../src/webhooks/stream-file.ts';
import { createSyslogTarget } from '../../src/webhooks/stream-syslog.ts';
import type { StreamTarget, StreamTls } from '../../src/webhooks/stream-target.ts';
import { atEnd } from '../support/at-end.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { newName } from '../support/tls.ts';
import { eventIn, type SyslogReceiver, startSyslogReceiver } from './syslog-receiver.ts';

const log = createLog('silent');
let database: TestDatabase;
let directory: string;

beforeAll(async () => {
  database = await freshDatabase();
  directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-stream-'));
  atEnd(() => rm(directory, { recursive: true, force: true }));
});

/** Returns the stream of one process. */
function processWith(target: StreamTarget, change: Partial<ReturnType<typeof createAuditStreamStore>> = {}) {
  const store = { ...createAuditStreamStore(database.pool), ...change };
  const metrics = createMetrics(log);
  const stream = createAuditStream({ store, target, log, metrics, batch: 3 });
  atEnd(() => stream.stop());
  return Object.assign(stream, { metrics });
}

const syslog = ({ port }: SyslogReceiver, tls?: StreamTls, host = '127.0.0.1') =>
  createSyslogTarget({ to: 'syslog', host, port, tls }, 'id.example.com', { timeout: 400, refusal: 1 });

/** To a receiver that closes its connections. The end of each is awaited. */
const toCloser = ({ port }: SyslogReceiver) =>
  createSyslogTarget({ to: 'syslog', host: '127.0.0.1', port, tls: undefined }, 'id.example.com', {
    timeout: 30_000,
    refusal: 20_000,
  });

async function record(count: number, event: Partial<Event> = {}): Promise<readonly string[]> {
  const events = createEvents(database.pool, log);
  const before = await allIds();
  for (let left = count; left > 0; left -= 1)
    await events.record({ type: 'login.failed', connection: 'wechat', ...event });
  return (await allIds()).slice(before.length);
}

async function allIds(): Promise<readonly string[]> {
  const { rows } = await database.pool.query('SELECT id FROM audit_event ORDER BY tx, id');
  return rows.map(({ id }) => id);
}

/** Runs until so many were sent: transactions of other test files can delay the horizon. */
async function sends(stream: AuditStream, count: number): Promise<void> {
  let sent = 0;
  const run = async () => {
    sent += await stream.run();
    return sent;
  };
  await expect.poll(run, { timeout: 10_000, interval: 20 }).toBe(count);
}

/** A process begins the stream with what is recorded from now on, and ends. */
async function begin(): Promise<void> {
  await database.pool.query('DELETE FROM audit_stream');
  const first = processWith(createFileTarget('/nowhere'));
  expect(await first.run()).toBe(0);
  await first.stop();
}

describe('by syslog', () => {
  it('each event arrives in order, as RFC 5424 says and with the fields of the audit', async () => {
    await record(1);
    await begin();
    const receiver = await startSyslogReceiver();
    const expected = await record(7, { detail: { reason: '用户 "ü"' } });
    await sends(processWith(syslog(receiver)), 7);
    expect(receiver.ids()).toEqual(expected);
    const [message = ''] = receiver.messages;
    expect(message).toMatch(
      /^<110>1 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z id\.example\.com symbolon - login\.failed - \{"id":"evt_/,
    );
    expect(message).toMatch(/^[ -~]*$/);
    expect(eventIn(message)).toEqual({
      id: expected[0],
      at: message.split(' ')[1],
      type: 'login.failed',
      user: null,
      app: null,
      connection: 'wechat',
      identity: null,
      request_id: null,
      actor: { kind: 'system', id: null },
      address: null,
      detail: { reason: '用户 "ü"' },
    });
  });

  it('a receiver that hangs, closes and comes back gets all events, and holds up no other work', async () => {
    await begin();
    const receiver = await startSyslogReceiver();
    receiver.behave('hang');
    const early = await record(4);
    const stream = processWith(syslog(receiver));
    await expect.poll(() => createAuditStreamStore(database.pool).lag()).toBeGreaterThan(0);
    const hanging = expect(stream.run()).rejects.toThrow('the receiver does not take the events');
    await expect.poll(receiver.opened).toBe(1);
    const late = await record(2);
    await hanging;
    receiver.behave('drop');
    await expect(processWith(toCloser(receiver)).run()).rejects.toThrow('has closed the connection');
    expect(receiver.ids()).toEqual([]);
    receiver.behave('well');
    await sends(stream, 6);
    expect(receiver.ids()).toEqual([...early, ...late]);
    expect(await stream.metrics.text()).toMatch(/symbolon_audit_stream_lag_seconds 0\n/);
  });

  it('a process that ends after the delivery leaves repeated events and no gap', async () => {
    await begin();
    const receiver = await startSyslogReceiver();
    const events = await record(5);
    const crashed = processWith(syslog(receiver), {
      move: () => Promise.reject(new Error('killed')),
      release: async () => undefined,
    });
    const isKilled = () => crashed.run().then(String, String);
    await expect.poll(isKilled, { timeout: 10_000 }).toContain('killed');
    const other = processWith(syslog(receiver));
    expect(await other.run()).toBe(0);
    // The lease of the crashed process ends.
    await database.pool.query(`UPDATE audit_stream SET lease_until = now() - interval '1 second'`);
    await sends(other, 5);
    expect(new Set(receiver.ids())).toEqual(new Set(events));
    expect(receiver.ids().slice(-5)).toEqual(events);
  });

  it('one process sends while several run, and the next goes on as soon as it stops', async () => {
    await begin();
    const receiver = await startSyslogReceiver();
    const [one, two] = [processWith(syslog(receiver)), processWith(syslog(receiver))];
    const events = await record(4);
    await sends(one, 4);
    const more = await record(4);
    expect(await two.run()).toBe(0);
    await one.stop();
    await sends(two, 4);
    expect(receiver.ids()).toEqual([...events, ...more]);
  });

  it('where one process does not reach the receiver, another goes on at once', async () => {
    await begin();
    const [away, receiver] = [await startSyslogReceiver(), await startSyslogReceiver()];
    away.behave('drop');
    const events = await record(2);
    const cutOff = processWith(toCloser(away));
    const refusal = () => cutOff.run().then(String, String);
    await expect.poll(refusal, { timeout: 10_000 }).toContain('has closed the connection');
    await sends(processWith(syslog(receiver)), 2);
    expect(receiver.ids()).toEqual(events);
  });

  it('a process that has lost its lease moves nothing', async () => {
    await begin();
    const receiver = await startSyslogReceiver();
    await record(4);
    const store = createAuditStreamStore(database.pool);
    const taken = processWith(syslog(receiver), {
      async renew(owner) {
        await database.pool.query(`UPDATE audit_stream SET owner = 'another'`);
        return await store.renew(owner);
      },
    });
    const isTaken = () => taken.run().then(String, String);
    await expect.poll(isTaken, { timeout: 10_000 }).toContain('another process has taken over the stream');
    expect(await store.move('late', { tx: '9', eventId: '', through: new Date() })).toBe(false);
  });

  it('TLS needs a certificate of the configured authority for the host', async () => {
    await begin();
    const [own, foreign] = [await authority(), await authority()];
    const receiver = await startSyslogReceiver(own);
    const events = await record(2);
    const withCa = (ca: string) => syslog(receiver, { ca, cert: undefined, key: undefined }, 'localhost');
    const deceived = processWith(withCa(foreign.cert));
    const refusal = () => deceived.run().then(String, String);
    await expect.poll(refusal, { timeout: 10_000 }).toContain('self-signed certificate');
    await deceived.stop();
    await sends(processWith(withCa(own.cert)), 2);
    expect(receiver.ids()).toEqual(events);
  });
});

async function authority() {
  const { cert, private: key } = await generate([{ name: 'commonName', value: newName() }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  return { cert, key };
}

describe('by file', () => {
  const idsIn = (text: string) =>
    text
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line).id);

  it('another program may rename the file, and half a line of a crash stays alone', async () => {
    await begin();
    const file = path.join(directory, 'audit.jsonl');
    await writeFile(file, '{"id":"evt_half');
    const stream = processWith(createFileTarget(file));
    const first = await record(2);
    await sends(stream, 2);
    await rename(file, `${file}.1`);
    const second = await record(1);
    await sends(stream, 1);
    expect(idsIn(await readFile(`${file}.1`, 'utf8'))).toEqual(first);
    expect(idsIn(await readFile(file, 'utf8'))).toEqual(second);
  });

  it('what is no regular file is refused, and the events wait', async () => {
    await begin();
    const events = await record(1);
    const folder = processWith(createFileTarget(directory));
    const refusal = () => folder.run().then(String, String);
    await expect.poll(refusal, { timeout: 10_000 }).toContain('EISDIR');
    await folder.stop();
    const pipe = processWith(createFileTarget('/dev/null'));
    await expect(pipe.run()).rejects.toThrow('is no regular file');
    await pipe.stop();
    const file = path.join(directory, 'after.jsonl');
    await sends(processWith(createFileTarget(file)), 1);
    expect(idsIn(await readFile(file, 'utf8'))).toEqual(events);
  });
});

describe('the database', () => {
  it('that was dumped and restored elsewhere repeats some events, and leaves none out', async () => {
    await begin();
    const file = path.join(directory, 'restored.jsonl');
    const stream = processWith(createFileTarget(file));
    await record(4);
    await sends(stream, 4);
    const unsent = await record(8);
    // As if the other server had come much further with its numbers.
    await database.pool.query(`UPDATE audit_event SET tx = '9000000000' WHERE id = ANY($1)`, [unsent]);
    await database.pool.query(`UPDATE audit_stream SET tx = '8999999999'`);
    await stream.run();
    const lines = (await readFile(file, 'utf8')).trim().split('\n').slice(4);
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(expect.arrayContaining([...unsent]));
    await sends(stream, 0);
    await sends(stream, (await record(1)).length);
  });

  it('keeps what the stream has not sent, until the stream has been off for a week', async () => {
    await begin();
    expect(await findStreamPosition(database.pool)).toMatchObject({ eventId: '' });
    await database.pool.query(`UPDATE audit_stream SET lease_until = now() - interval '8 days'`);
    expect(await findStreamPosition(database.pool)).toBe('no stream');
  });
});

describe('the setting AUDIT_STREAM', () => {
  const streamBy = (environment: Record<string, string>) => readConfig(environment).auditStream;

  it('names a file, or a syslog receiver with its usual port', () => {
    expect(streamBy({})).toBeUndefined();
    expect(streamBy({ AUDIT_STREAM: 'file:///var/log/a%20b.jsonl' })).toEqual({
      to: 'file',
      path: '/var/log/a b.jsonl',
    });
    const syslog = { to: 'syslog', host: 'siem.example', port: 601, tls: undefined };
    expect(streamBy({ AUDIT_STREAM: 'tcp://siem.example' })).toEqual(syslog);
    const tls = { ca: undefined, cert: undefined, key: undefined };
    expect(streamBy({ AUDIT_STREAM: 'tls://[fd00::1]:7000' })).toEqual({
      to: 'syslog',
      host: 'fd00::1',
      port: 7000,
      tls,
    });
    expect(streamBy({ AUDIT_STREAM: 'tls://siem.example/' })).toMatchObject({ port: 6514 });
  });

  it.each([
    ['udp://siem.example', 'AUDIT_STREAM: must be file:///path, tcp://host:port or tls://host:port'],
    ['/var/log/audit', 'AUDIT_STREAM: must be'],
    ['file://host/audit', 'AUDIT_STREAM: must be'],
    ['file:///var/log/', 'AUDIT_STREAM: must be'],
    ['tcp://user:secret@siem.example', 'AUDIT_STREAM: must be'],
    ['tls://siem.example/path', 'AUDIT_STREAM: must be'],
  ])('%s is refused', (value, words) => {
    expect(() => readConfig({ AUDIT_STREAM: value })).toThrow(words);
  });

  it('has certificates with tls:// alone, and refuses files that are none', async () => {
    const [own, other] = [await authority(), await authority()];
    const fileOf = async (name: string, text: string) => {
      await writeFile(path.join(directory, name), text, { mode: 0o600 });
      return path.join(directory, name);
    };
    const files = {
      AUDIT_STREAM_CA_FILE: await fileOf('ca.pem', other.cert),
      AUDIT_STREAM_CERT_FILE: await fileOf('cert.pem', own.cert),
      AUDIT_STREAM_KEY_FILE: await fileOf('key.pem', own.key),
    };
    const tls = { AUDIT_STREAM: 'tls://siem.example', ...files };
    expect(streamBy(tls)).toMatchObject({ tls: { ca: other.cert.trim(), cert: own.cert.trim() } });
    const refused = (change: Record<string, string>) => () => readConfig({ ...tls, ...change });
    expect(refused({ AUDIT_STREAM: 'tcp://siem.example' })).toThrow('only for AUDIT_STREAM=tls://');
    expect(refused({ AUDIT_STREAM_KEY_FILE: '' })).toThrow('set both, or none');
    expect(refused({ AUDIT_STREAM_CA_FILE: files.AUDIT_STREAM_KEY_FILE })).toThrow('certificates in PEM');
    expect(refused({ AUDIT_STREAM_CERT_FILE: files.AUDIT_STREAM_CA_FILE })).toThrow(
      'a certificate and its key',
    );
    expect(refused({ AUDIT_STREAM_CA_FILE: '/nowhere' })).toThrow('AUDIT_STREAM_CA_FILE: ');
  });
});
