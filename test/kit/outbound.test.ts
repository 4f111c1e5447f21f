import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { createOutbound, type Outbound, OutboundError } from '../../src/kit/outbound.ts';
import { atEnd } from '../support/at-end.ts';

let server: Server;
let host: string;
let answer: RequestListener = (_request, response) => void response.end();
let calls = 0;
let trusted: Outbound;
const guarded = createOutbound({ allowedPrivateHosts: [] });

beforeAll(async () => {
  server = createServer((request, response) => {
    calls += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `localhost:${(server.address() as AddressInfo).port}`;
  trusted = createOutbound({ allowedPrivateHosts: [host], totalTimeout: 250, sizeLimit: 1000 });
});

atEnd(async () => {
  await Promise.all([trusted.close(), guarded.close()]);
  server.closeAllConnections();
  server.close();
});

async function failureOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof OutboundError ? error.failure : `no outbound error but ${String(error)}`;
}

describe('a private address', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.3.4',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '[::ffff:168.63.129.16]',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[fc00::1]',
    '[fe80::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[::127.0.0.1]',
    '[::a9fe:a9fe]',
    '[fec0::1]',
  ])('in https://%s is refused as written', async (literal) => {
    expect(await failureOf(guarded.fetch(`https://${literal}/x`))).toBe('refused-address');
  });

  it('is refused if a name resolves to it', async () => {
    const before = calls;
    expect(await failureOf(guarded.fetch(`https://${host}/`))).toBe('refused-address');
    expect(calls).toBe(before);
  });

  it('is reached if it was allowed, by host and port', async () => {
    answer = (_request, response) => void response.end('hello');
    expect(await (await trusted.fetch(`http://${host}/`)).text()).toBe('hello');
    const port = Number(host.split(':')[1]);
    expect(await failureOf(trusted.fetch(`http://localhost:${port + 1}/`))).toBe('insecure');
    expect(await failureOf(trusted.fetch(`http://127.0.0.1:${port}/`))).toBe('insecure');
  });

  it.each(['http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'data:text/plain,x'])(
    'is not reached by %s, which is not https',
    async (url) => {
      expect(await failureOf(guarded.fetch(url))).toBe('insecure');
    },
  );
});

describe('an answer', () => {
  it('counts with any status', async () => {
    for (const status of [200, 201, 204, 400, 401, 404, 429, 500, 503]) {
      answer = (_request, response) => void response.writeHead(status).end();
      expect((await trusted.fetch(`http://${host}/`)).status).toBe(status);
    }
  });

  it.each([301, 302, 303, 307, 308, 304])('of %d is not followed', async (status) => {
    const location = `http://${host}/elsewhere`;
    answer = (_request, response) => void response.writeHead(status, { location }).end();
    const before = calls;
    expect(await failureOf(trusted.fetch(`http://${host}/`))).toBe('redirected');
    expect(calls).toBe(before + 1);
  });

  it('is read up to its limit, and not beyond, compressed or not', async () => {
    answer = (_request, response) => void response.end('x'.repeat(1000));
    expect(await (await trusted.fetch(`http://${host}/`)).text()).toHaveLength(1000);
    answer = (_request, response) => void response.end('x'.repeat(1001));
    expect(await failureOf(trusted.fetch(`http://${host}/`))).toBe('too-large');
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    answer = (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    expect(await failureOf(trusted.fetch(`http://${host}/`))).toBe('too-large');
  });

  it('that never arrives, or trickles, is given up in time', async () => {
    answer = () => undefined;
    expect(await failureOf(trusted.fetch(`http://${host}/`))).toBe('timeout');
    answer = (_request, response) => {
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    };
    expect(await failureOf(trusted.fetch(`http://${host}/`))).toBe('timeout');
  });

  it('that breaks off, is no HTTP or has no server is a failure', async () => {
    answer = (_request, response) =>
      void response.writeHead(200, { 'content-length': 50 }).end('short', () => response.destroy());
    expect(await failureOf(trusted.fetch(`http://${host}/`))).toBe('unreachable');
    answer = (request) => void request.socket.destroy();
    expect(await failureOf(trusted.fetch(`http://${host}/`))).toBe('unreachable');
    const babble = createTcpServer((socket) => void socket.end('220 mail.example ESMTP\r\n'));
    await new Promise<void>((resolve) => babble.listen(0, '127.0.0.1', resolve));
    const at = `localhost:${(babble.address() as AddressInfo).port}`;
    const lenient = createOutbound({ allowedPrivateHosts: [at], totalTimeout: 250 });
    expect(await failureOf(lenient.fetch(`http://${at}/`))).toBe('unreachable');
    babble.close();
    await lenient.close();
    const nobody = createOutbound({ allowedPrivateHosts: ['localhost:1'] });
    expect(await failureOf(nobody.fetch('http://localhost:1/'))).toBe('unreachable');
    await nobody.close();
  });
});

describe('a request', () => {
  it('has no injected header, and its error has no secret', async () => {
    const injected = trusted.fetch(`http://${host}/?access_token=s3cr3t`, {
      headers: { authorization: 'Bearer s3cr3t\r\nx-evil: 1' },
    });
    const error: unknown = await injected.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    answer = (request) => void request.socket.destroy();
    const broken: unknown = await trusted
      .fetch(`http://${host}/?access_token=s3cr3t`)
      .catch((e: unknown) => e);
    expect(String((broken as Error).message)).not.toContain('s3cr3t');
  });
});
