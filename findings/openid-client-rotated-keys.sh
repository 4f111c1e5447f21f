#!/usr/bin/env bash
# Guess: an ID token whose `kid` is not among the cached keys makes the client fetch the key set again at once, so that a provider
#   may change its keys at any moment and the first sign-in after it succeeds.
# Seen (openid-client 6.8.9 on oauth4webapi 3.8.8): only when the keys in the cache are 60 s old or older. With younger ones the
#   sign-in fails ("no applicable keys found", OAUTH_KEY_SELECTION_FAILED) without a request to `jwks_uri`, and the code is spent.
#   It is the same in one Configuration and in others that are given the cache (getJwksCache, setJwksCache): the age is counted
#   from `uat` in it, which the script sets back instead of waiting. A Configuration without the cache fetches, and succeeds.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts openid-client@6.8.9 oauth4webapi@3.8.8 jose@6.2.17
cat > see.mjs <<'JS'
import http from 'node:http';
import * as jose from 'jose';
import * as oidc from 'openid-client';

let fetches = 0;
let current;
async function rotate(kid) {
  const pair = await jose.generateKeyPair('RS256');
  const jwk = { ...(await jose.exportJWK(pair.publicKey)), kid, alg: 'RS256', use: 'sig' };
  // The key before stays published, as it should.
  current = { kid, privateKey: pair.privateKey, published: [jwk, ...(current?.published ?? [])] };
}
const server = http.createServer(async (request, response) => {
  response.setHeader('content-type', 'application/json');
  if (request.url === '/jwks') {
    fetches += 1;
    return response.end(JSON.stringify({ keys: current.published }));
  }
  const id_token = await new jose.SignJWT({ iss: issuer, sub: 'u', aud: 'client' })
    .setProtectedHeader({ alg: 'RS256', kid: current.kid }).setIssuedAt().setExpirationTime('5m').sign(current.privateKey);
  response.end(JSON.stringify({ access_token: 'a', token_type: 'bearer', id_token }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

function configured(cache) {
  const configuration = new oidc.Configuration(
    { issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` }, 'client', 'secret');
  oidc.allowInsecureRequests(configuration);
  oidc.enableNonRepudiationChecks(configuration);
  if (cache) oidc.setJwksCache(configuration, cache);
  return configuration;
}

const lines = [];
async function signIn(word, configuration) {
  const before = fetches;
  const outcome = await oidc.authorizationCodeGrant(configuration, new URL('https://app.example/callback?code=c'), { idTokenExpected: true })
    .then((answer) => `signed in by ${answer.claims().sub}`, (error) => error.cause?.code ?? error.code);
  lines.push(`${word}: ${outcome}, fetches ${fetches - before}`);
}

await rotate('first');
const one = configured();
await signIn('first key, no cache yet', one);
await signIn('first key, cached', one);
const cache = oidc.getJwksCache(one);
await rotate('second');
await signIn('second key, same configuration', one);
await signIn('second key, cache just made', configured(cache));
await signIn('second key, cache 50 s old', configured({ ...cache, uat: cache.uat - 50 }));
await signIn('second key, cache 60 s old', configured({ ...cache, uat: cache.uat - 60 }));
await signIn('second key, no cache', configured());
server.close();
console.log(lines.join('\n'));
const wanted = [
  'first key, no cache yet: signed in by u, fetches 1',
  'first key, cached: signed in by u, fetches 0',
  'second key, same configuration: OAUTH_KEY_SELECTION_FAILED, fetches 0',
  'second key, cache just made: OAUTH_KEY_SELECTION_FAILED, fetches 0',
  'second key, cache 50 s old: OAUTH_KEY_SELECTION_FAILED, fetches 0',
  'second key, cache 60 s old: signed in by u, fetches 1',
  'second key, no cache: signed in by u, fetches 1',
];
process.exitCode = lines.join('\n') === wanted.join('\n') ? 0 : 1;
JS
node see.mjs
