import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { generate } from 'selfsigned';
import { atEnd } from './at-end.ts';

/** OpenSSL tries only one of two authorities with the same name, so each has a name of its own. */
export const newName = () => `test ${randomUUID()}`;

/** This process trusts the certificate until the test file is done. */
export function trust(certificate: string): void {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, certificate]);
  atEnd(() => tls.setDefaultCACertificates(before));
}

export interface Terminator {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Puts TLS in front of a port of this machine, as a reverse proxy does. This process trusts its certificate.
 */
export async function startTerminator(target: () => number): Promise<Terminator> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: newName() }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  trust(cert);
  const server = createServer({ key, cert }, (request, response) => {
    const { method, url, headers } = request;
    const onward = httpRequest(
      { host: '127.0.0.1', port: target(), method, path: url, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
