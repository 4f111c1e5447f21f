import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

type Fields = Record<string, unknown>;
type Answer = { status?: number; body: Fields; headers?: Record<string, string> };

/** The parts of an OpenID provider and of `/v1` that the demo calls, with answers that a test sets. */
export async function startBrokerDouble() {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }];
  const answers = new Map<string, Answer>();
  const asked: { path: string; form: URLSearchParams }[] = [];
  let issuer = '';
  let nonce = '';

  const sign = (claims: Fields, typ = 'JWT') =>
    new SignJWT({ iss: issuer, sub: 'usr_1', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);

  const tokens = async () => ({
    access_token: await sign({ aud: [`${issuer}/v1`, `${issuer}/userinfo`], scope: 'openid' }, 'at+jwt'),
    id_token: await sign({ aud: 'app_demo', nonce }),
    refresh_token: 'refresh-1',
    token_type: 'Bearer',
    scope: 'openid profile email offline_access idp:wechat',
    expires_in: 3600,
  });

  const fixed: Record<string, () => Promise<Fields> | Fields> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      end_session_endpoint: `${issuer}/oidc/logout`,
      jwks_uri: `${issuer}/jwks`,
    }),
    '/jwks': () => ({ keys }),
    '/oauth/token': tokens,
    '/userinfo': () => ({ sub: 'usr_1', name: 'Lin <b>', email: 'lin@example.com' }),
    '/v1/me/identities': () => ({ identities: [] }),
  };

  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push({ path, form: new URLSearchParams(await read(request)) });
    const set = answers.get(path);
    const body = set?.body ?? (await fixed[path]?.());
    reply(response, set?.status ?? (body ? 200 : 404), body ?? {}, set?.headers);
  });
  const port = await listen(server);
  issuer = `http://localhost:${port}`;

  return {
    issuer,
    asked,
    answer: (path: string, body: Fields, status = 200, headers: Record<string, string> = {}) =>
      void answers.set(path, { body, status, headers }),
    /** The next ID token belongs to this authorization request. */
    authorized: (url: URL) => {
      nonce = url.searchParams.get('nonce') ?? '';
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function reply(response: ServerResponse, status: number, body: Fields, headers = {}): void {
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers })
    .end(JSON.stringify(body));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => resolve((server.address() as AddressInfo).port));
  });
}
