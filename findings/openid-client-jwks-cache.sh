#!/usr/bin/env bash
# Guess: `setJwksCache(configuration, cache)` keeps the object, and fills it when it fetches keys; handing the same object
#   to the next Configuration shares the keys.
# Seen (openid-client 6.8.9): the object stays empty. Its content is copied when it is set, so three configurations that are
#   given one object fetch the key set three times. Only `getJwksCache(configuration)`, kept after use and set on the next
#   configuration, shares them: three more configurations fetch nothing.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts openid-client@6.8.9 jose@6.2.17
cat > see.mjs <<'JS'
import http from 'node:http';
import * as jose from 'jose';
import * as oidc from 'openid-client';

const pair = await jose.generateKeyPair('RS256');
const jwk = { ...(await jose.exportJWK(pair.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
let fetches = 0;
const server = http.createServer(async (request, response) => {
  response.setHeader('content-type', 'application/json');
  if (request.url === '/jwks') {
    fetches += 1;
    return response.end(JSON.stringify({ keys: [jwk] }));
  }
  const id_token = await new jose.SignJWT({ iss: issuer, sub: 'u', aud: 'client' })
    .setProtectedHeader({ alg: 'RS256', kid: 'k' }).setIssuedAt().setExpirationTime('5m').sign(pair.privateKey);
  response.end(JSON.stringify({ access_token: 'a', token_type: 'bearer', id_token }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

async function refreshWith(cache) {
  const configuration = new oidc.Configuration(
    { issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` }, 'client', 'secret');
  oidc.allowInsecureRequests(configuration);
  oidc.enableNonRepudiationChecks(configuration);
  oidc.setJwksCache(configuration, cache);
  await oidc.refreshTokenGrant(configuration, 'refresh');
  return oidc.getJwksCache(configuration);
}

const object = {};
let kept;
for (let turn = 0; turn < 3; turn += 1) kept = await refreshWith(object);
const shared = fetches;
for (let turn = 0; turn < 3; turn += 1) kept = await refreshWith(kept);
const seen = `the same object, 3 configurations: ${shared} fetches, keys in it: ${Object.keys(object).length}; kept from getJwksCache, 3 more: ${fetches - shared} fetches`;
console.log(seen);
server.close();
process.exitCode = seen === 'the same object, 3 configurations: 3 fetches, keys in it: 0; kept from getJwksCache, 3 more: 0 fetches' ? 0 : 1;
JS
node see.mjs
