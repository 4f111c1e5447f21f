import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { Endpoints } from '../../src/connectors/contract/registration.ts';

/** An answer: an object is sent as JSON, a string as it is. */
export type RogueAnswer = string | object | ((request: IncomingMessage, response: ServerResponse) => void);

/** A provider that answers as the test says, on any path. */
export async function createRogue() {
  let answers: Readonly<Record<string, RogueAnswer>> = {};
  const asked: string[] = [];
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push(`${request.method} ${path}`);
    const answer = path === '/jwks' ? (answers[path] ?? jwks) : answers[path];
    if (typeof answer === 'function') return answer(request, response);
    response.statusCode = answer === undefined ? 404 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const endpoints: Endpoints & { readonly issuer: string } = {
    issuer: url,
    authorization: `${url}/authorize`,
    token: `${url}/token`,
    refresh: `${url}/refresh`,
    userinfo: `${url}/userinfo`,
    revocation: `${url}/revocation`,
    jwks: `${url}/jwks`,
    api: `${url}/api`,
  };

  return {
    url,
    endpoints,
    privateKey,
    asked,
    says(next: Readonly<Record<string, RogueAnswer>>) {
      answers = next;
      asked.length = 0;
    },
    /** Returns an ID token with the rogue's own signature. */
    sign: (claims: JWTPayload, header: Readonly<Record<string, unknown>> = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header }).sign(privateKey),
    /** Returns the same with a payload that need not be JSON. */
    signText: (payload: string) =>
      new CompactSign(new TextEncoder().encode(payload))
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .sign(privateKey),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A body that goes on until the reader stops. */
export function endless(response: ServerResponse, megabytes = 50): void {
  response.setHeader('content-type', 'application/json');
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  let left = megabytes;
  const more = () => {
    while (left > 0) {
      left -= 1;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  response.on('error', () => undefined);
  more();
}
