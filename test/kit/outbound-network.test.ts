import { spawn } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { errorWithoutAnswer } from '../../src/connectors/engine/call-errors.ts';
import { createOutbound, type Outbound, OutboundError } from '../../src/kit/outbound.ts';
import { atEnd } from '../support/at-end.ts';
import { newName, trust } from '../support/tls.ts';

// A faulty network. Every call ends soon, with a failure that says nothing about the grant, and TLS is always
// verified.

const opened: Server[] = [];
const clients: Outbound[] = [];
const day = 24 * 3600 * 1000;

atEnd(async () => {
  for (const server of opened) server.close();
  await Promise.all(clients.map((client) => client.close()));
});

async function listening(server: Server): Promise<number> {
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function withCertificate(name: string, ends: number): Promise<number> {
  const made = await generate([{ name: 'commonName', value: newName() }], {
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 10 * day),
    notAfterDate: new Date(Date.now() + ends),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
  // The certificate is issued by a trusted authority, so that only the tested fault is wrong with it.
  trust(made.cert);
  const options: ServerOptions = { key: made.private, cert: made.cert };
  return await listening(createTlsServer(options, (_request, response) => void response.end('{}')));
}

const hurried = { connectTimeout: 300, totalTimeout: 600 };

async function call(url: string, allowed = new URL(url).host, patience: object = hurried) {
  const client = createOutbound({ allowedPrivateHosts: [allowed], ...patience });
  clients.push(client);
  const begun = performance.now();
  const outcome = await client.fetch(url).then(
    ({ status }) => status,
    (error: unknown) => (error instanceof OutboundError ? error : Promise.reject(error)),
  );
  expect(performance.now() - begun).toBeLessThan(5_000);
  return outcome;
}

async function failureOf(url: string): Promise<string> {
  const error = await call(url);
  if (!(error instanceof OutboundError)) throw new Error(`answered ${error}`);
  expect(errorWithoutAnswer('refresh', error).failure.kind).toBe('unavailable');
  return error.failure;
}

describe('a provider behind a faulty network', () => {
  it('with a valid certificate is reached', async () => {
    const url = `https://localhost:${await withCertificate('localhost', day)}/`;
    // A handshake may take long on a busy machine.
    expect(await call(url, new URL(url).host, {})).toBe(200);
  });
  it('with an expired certificate is not reached', async () => {
    expect(await failureOf(`https://localhost:${await withCertificate('localhost', -day)}/`)).toBe(
      'unreachable',
    );
  });
  it('with another’s certificate is not reached', async () => {
    expect(await failureOf(`https://localhost:${await withCertificate('other.example', day)}/`)).toBe(
      'unreachable',
    );
  });
  it('without TLS is not reached', async () => {
    const port = await listening(createTcpServer((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n')));
    expect(await failureOf(`https://localhost:${port}/`)).toBe('unreachable');
  });
  it('with a hanging handshake is given up in time', async () => {
    const port = await listening(createTcpServer((socket) => void socket.on('error', () => undefined)));
    expect(await failureOf(`https://localhost:${port}/`)).toBe('timeout');
  });
  it('that hangs up in the middle of an answer has not answered', async () => {
    const port = await listening(
      createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () =>
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"access_token":"ha'),
        );
      }),
    );
    expect(await failureOf(`http://localhost:${port}/`)).toBe('unreachable');
  });
  it('with an unresolvable name is unreachable', async () => {
    expect(await failureOf('https://no-such-name.invalid/')).toBe('unreachable');
  });
  it('on a closed port is unreachable', async () => {
    const server = createTcpServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(`http://localhost:${port}/`)).toBe('unreachable');
  });
});

describe('a process that is paused while the answer arrives', () => {
  const asking = `import('./src/kit/outbound.ts').then(async ({ createOutbound }) => {
    const url = new URL(process.argv[1]);
    const client = createOutbound({ allowedPrivateHosts: [url.host], totalTimeout: 500 });
    const text = client.fetch(url).then((answer) => answer.text(), ({ failure }) => failure);
    process.stdout.write(await text);
    await client.close();
  })`;

  it('reads it afterwards, although its timeout has passed', async () => {
    const stopped = Promise.withResolvers<void>();
    const server = createHttpServer((_request, response) => {
      child.kill('SIGSTOP');
      response.end('there but once', stopped.resolve);
    });
    const args = ['--disable-warning=ExperimentalWarning', '-e', asking, '--'];
    const child = spawn(process.execPath, [...args, `http://127.0.0.1:${await listening(server)}/`]);
    let said = '';
    child.stdout.on('data', (data) => {
      said += String(data);
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await stopped.promise;
    await pause(2_500);
    child.kill('SIGCONT');
    await ended;
    expect(said).toBe('there but once');
  });
});
