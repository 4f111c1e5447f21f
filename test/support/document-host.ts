import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { atEnd } from './at-end.ts';
import { newName, trust } from './tls.ts';

/** A host on this machine that serves metadata documents by https, as the maker of an agent does. */
export interface DocumentHost {
  /** `localhost:{port}`. */
  readonly domain: string;
  /** The address of a document, which is the client id. */
  address(path: string): string;
  /** Serves a document at a path, with a `client_id` of its own address unless it states one. */
  serve(path: string, document: object, headers?: Readonly<Record<string, string>>): string;
  /** Lets the test answer in another way. */
  answer(path: string, answer: (request: IncomingMessage, response: ServerResponse) => void): string;
  /** The paths that were asked for. */
  readonly asked: string[];
}

export async function startDocumentHost(): Promise<DocumentHost> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: newName() }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  trust(cert);
  const answers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  const asked: string[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const known = answers.get(path);
    if (known) known(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const domain = `localhost:${(server.address() as AddressInfo).port}`;
  const address = (path: string) => `https://${domain}${path}`;
  const answer: DocumentHost['answer'] = (path, how) => {
    answers.set(path, how);
    return address(path);
  };
  return {
    domain,
    asked,
    address,
    answer,
    serve: (path, document, headers = {}) =>
      answer(path, (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify({ client_id: address(path), ...document }));
      }),
  };
}
