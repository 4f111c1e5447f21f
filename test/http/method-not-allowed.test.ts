import { beforeAll, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';

// RFC 9110 section 15.5.6: a 405 has Allow. Each API says the rest in its own form.

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

const problem = 'application/problem+json';
const oauth = 'application/json';
const page = 'text/html';
const realm = '/realms/symbolon/protocol/openid-connect';

it.each([
  ['DELETE', '/v1/me', 'GET, HEAD, OPTIONS', problem],
  ['POST', '/v1/me/identities/google/token', 'GET, HEAD, OPTIONS', problem],
  ['OPTIONS', '/v1/users/usr_1/identities/google/token', 'GET, HEAD', problem],
  ['OPTIONS', '/v1/me/identities/google/proxy/v1', 'GET, HEAD, POST, PUT, PATCH, DELETE', problem],
  ['POST', '/openapi.json', 'GET, HEAD', problem],
  ['POST', '/docs', 'GET, HEAD', page],
  ['GET', '/oauth/token', 'POST, OPTIONS', oauth],
  ['POST', '/.well-known/jwks.json', 'GET, HEAD, OPTIONS', oauth],
  ['DELETE', '/userinfo', 'GET, HEAD, POST, OPTIONS', oauth],
  ['PUT', '/authorize', 'GET, HEAD, POST', page],
  ['GET', '/interaction/none/consent', 'POST', page],
  ['PUT', '/account', 'GET, HEAD', page],
  ['GET', '/account/sign-out', 'POST', page],
  ['PUT', '/connections/google/callback', 'GET, POST', page],
  ['HEAD', '/connections/google/callback', 'GET, POST', page],
  ['PUT', '/connections/google/signals', 'GET, POST', page],
  ['HEAD', '/connections/google/signals', 'GET, POST', page],
  ['POST', '/connections/google/signals/code', 'GET, HEAD', page],
  ['POST', `${realm}/certs`, 'GET, HEAD, OPTIONS', oauth],
  ['GET', `${realm}/token`, 'POST, OPTIONS', oauth],
  ['DELETE', '/realms/symbolon/broker/google/token', 'GET, HEAD, POST, OPTIONS', oauth],
  ['GET', '/me/v1/connected-accounts/connect', 'POST, OPTIONS', problem],
  ['DELETE', '/v2/logout', 'GET, HEAD', page],
  ['DELETE', '/api/v2/users/usr_1', 'GET, HEAD', oauth],
])('%s %s is answered 405, Allow: %s, as %s', async (method, path, allow, type) => {
  const headers = { origin: world.issuer };
  const answer = await fetch(`${world.issuer}${path}`, { method, headers });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  expect(answer.headers.get('content-type')).toContain(type);
});
