#!/usr/bin/env bash
# Guess: the ID token that oidc-provider sends with a refresh has no `nonce`. OpenID Connect Core 12.2 says that it should not have one,
#   and the package is certified.
# Seen (oidc-provider 9.13.3): each refreshed ID token repeats the nonce of the sign-in, which 12.2 allows but advises against.
#   Apart from this script: angular-auth-oidc-client 22.0.1 then drops all tokens, with "incorrect nonce".
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts oidc-provider@9.13.3 2>/dev/null
cat > see.mjs <<'JS'
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

console.warn = console.info = () => undefined;
const server = createServer((request, response) => provider.callback()(request, response));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const redirectUri = 'https://app.example/callback';
const client = {
  client_id: 'client',
  client_secret: 'an example secret',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
};
const provider = new Provider(issuer, {
  clients: [client],
  scopes: ['openid', 'offline_access'],
  findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  pkce: { required: () => false },
});

// The code of a sign-in, as the authorization endpoint stores it.
const grant = new provider.Grant({ accountId: 'ada', clientId: 'client' });
grant.addOIDCScope('openid offline_access');
const grantId = await grant.save(3600);
const code = await new provider.AuthorizationCode({
  accountId: 'ada',
  client: await provider.Client.find('client'),
  grantId,
  gty: 'authorization_code',
  nonce: 'nonce-of-the-sign-in',
  redirectUri,
  scope: 'openid offline_access',
}).save();

const authorization = `Basic ${Buffer.from('client:an%20example%20secret').toString('base64')}`;
const ask = async (fields) => {
  const body = new URLSearchParams(fields);
  const answer = await (await fetch(`${issuer}/token`, { method: 'POST', body, headers: { authorization } })).json();
  if (!answer.id_token) throw new Error(JSON.stringify(answer));
  const { nonce } = JSON.parse(Buffer.from(answer.id_token.split('.')[1], 'base64url').toString());
  return { nonce, refreshToken: answer.refresh_token };
};
const first = await ask({ grant_type: 'authorization_code', code, redirect_uri: redirectUri });
const second = await ask({ grant_type: 'refresh_token', refresh_token: first.refreshToken });
server.close();
server.closeAllConnections();
const lines = [`nonce at the sign-in: ${first.nonce}`, `nonce at the refresh: ${second.nonce}`];
console.log(lines.join('\n'));
const wanted = ['nonce at the sign-in: nonce-of-the-sign-in', 'nonce at the refresh: nonce-of-the-sign-in'];
process.exit(lines.join('\n') === wanted.join('\n') ? 0 : 1);
JS
node see.mjs
