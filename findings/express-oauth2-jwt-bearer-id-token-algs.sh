#!/usr/bin/env bash
# Guess: `auth({ issuerBaseURL, audience, tokenSigningAlg: 'ES256' })` accepts access tokens that are signed with ES256 by a key of
#   the issuer's set.
# Seen (express-oauth2-jwt-bearer 1.10.0): 401 "Unexpected 'alg' value". With discovery, the algorithm of an access token must be
#   one of `id_token_signing_alg_values_supported`, which is about ID tokens. The same token passes when `issuer` and `jwksUri` are
#   given in place of `issuerBaseURL`, and when discovery lists ES256 for ID tokens.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts express-oauth2-jwt-bearer@1.10.0 express@5.1.0 jose@6.2.17
cat > see.mjs <<'JS'
import http from 'node:http';
import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import * as jose from 'jose';

const pair = await jose.generateKeyPair('ES256');
const jwk = { ...(await jose.exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256', use: 'sig' };
async function issuerWith(idTokenAlgs) {
  const server = http.createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const metadata = { issuer, jwks_uri: `${issuer}/jwks`, id_token_signing_alg_values_supported: idTokenAlgs };
    response.end(JSON.stringify(request.url === '/jwks' ? { keys: [jwk] } : metadata));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://localhost:${server.address().port}`;
  const token = await new jose.SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
    .setIssuer(issuer).setAudience('api').setIssuedAt().setExpirationTime('5m').sign(pair.privateKey);
  return { issuer, token, close: () => server.close() };
}

async function statusOf(options, token) {
  const app = express();
  app.get('/', auth({ audience: 'api', tokenSigningAlg: 'ES256', ...options }), (_, response) => response.send('in'));
  app.use((error, _request, response, _next) => response.status(error.status ?? 500).send(error.message));
  const server = await new Promise((resolve) => { const one = app.listen(0, '127.0.0.1', () => resolve(one)); });
  const answer = await fetch(`http://127.0.0.1:${server.address().port}`, { headers: { authorization: `Bearer ${token}` } });
  await answer.text();
  server.close();
  return answer.status;
}

const usual = await issuerWith(['RS256']);
const both = await issuerWith(['RS256', 'ES256']);
const seen = [
  await statusOf({ issuerBaseURL: usual.issuer }, usual.token),
  await statusOf({ issuer: usual.issuer, jwksUri: `${usual.issuer}/jwks` }, usual.token),
  await statusOf({ issuerBaseURL: both.issuer }, both.token),
].join(' ');
console.log(`discovery with RS256 for ID tokens, no discovery, discovery with ES256: ${seen}`);
usual.close();
both.close();
process.exitCode = seen === '401 200 200' ? 0 : 1;
JS
node see.mjs
