import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from './at-end.ts';
import { type OddAnswer, written } from './odd-answers.ts';

/** A person's grant at a provider that accepts each refresh token once. */
export interface OddGrant {
  readonly person: string;
  refreshToken: string;
  /** The answer to the next refresh. */
  next: OddAnswer | undefined;
  refreshes: number;
  /** The refresh tokens that were sent a second time, or are unknown. */
  readonly refused: string[];
}

/**
 * An HTTP provider that rotates at every refresh and answers it as told. It ends a grant whose used refresh
 * token is sent again. It publishes no keys.
 */
export async function createOddProvider() {
  const grants = new Map<string, OddGrant>();
  let issued = 0;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const path = request.url ?? '';
      asked.push(path);
      if (path !== '/token') {
        response.writeHead(503).end();
        return;
      }
      const shown = new URLSearchParams(text).get('refresh_token') ?? '';
      const grant = [...grants.values()].find(({ refreshToken }) => refreshToken === shown);
      if (!grant?.next) {
        for (const one of grants.values()) if (shown.startsWith(`rt-${one.person}-`)) one.refused.push(shown);
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
        return;
      }
      const { next, person } = grant;
      issued += 1;
      grant.refreshes += 1;
      grant.refreshToken = `rt-${person}-${issued}-${next.refreshEnd}`;
      const access = `at-${person}-${issued}-${next.accessEnd}`;
      const idToken = idTokenFor(next.idToken, { iss: url, sub: person, aud: 'odd-client' });
      const valid = {
        access_token: access,
        refresh_token: grant.refreshToken,
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'openid a b',
        ...(idToken !== undefined && { id_token: idToken }),
      };
      response.statusCode = next.status;
      if (next.contentType !== undefined) response.setHeader('content-type', next.contentType);
      response.end(written(next, valid));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}`;
  atEnd(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );

  return {
    url,
    asked,
    host: `localhost:${port}`,
    endpoints: {
      issuer: url,
      authorization: `${url}/authorize`,
      token: `${url}/token`,
      jwks: `${url}/jwks`,
      userinfo: `${url}/userinfo`,
      api: url,
    },
    grantTo(person: string): OddGrant {
      const first = { person, refreshToken: `rt-${person}-0-`, next: undefined, refreshes: 0, refused: [] };
      grants.set(person, first);
      return first;
    },
  };
}

/** The ID token is signed with a key that is not published: that of a refresh is compared, not verified. */
function idTokenFor(kind: OddAnswer['idToken'], claims: object): string | undefined {
  if (kind === 'none') return undefined;
  if (kind === 'garbage') return 'not.a-token';
  const now = Math.floor(Date.now() / 1000);
  const life =
    kind === 'ended' ? { iat: now - 7200, exp: now - 3600, at_hash: 'AAAA' } : { iat: now, exp: now + 60 };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', kid: 'gone' })}.${part({ ...claims, ...life })}.c2lnbmF0dXJl`;
}
