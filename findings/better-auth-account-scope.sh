#!/usr/bin/env bash
# Guess: Better Auth's `account.scope` is the union of all scopes that were ever granted to the account, so it says at most too much
#   about the token beside it: each sign-in adds what its answer states.
# Seen (better-auth 1.7.25, its memory adapter, its generic OAuth plugin): a second sign-in that is granted other scopes replaces the
#   access token and leaves `scope` as the first sign-in wrote it. The token beside it then has a scope that the column lacks, and
#   lacks one that the column has. `get-access-token` hands out the new token with the old scopes. Only linking adds to the column.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts better-auth@1.7.25 2>/dev/null
cat > see.mjs <<'JS'
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { genericOAuth } from 'better-auth/plugins';

// An authorization server with one person, who grants what the next line says.
const grants = ['profile files.read', 'profile mail.read'];
const scopeOf = new Map();
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  response.setHeader('content-type', 'application/json');
  if (pathname === '/me') return response.end(JSON.stringify({ id: '7', name: 'Ada', email: 'ada@example.com', email_verified: true }));
  const scope = grants.shift();
  const access_token = `token-${scopeOf.size + 1}`;
  scopeOf.set(access_token, scope);
  response.end(JSON.stringify({ access_token, token_type: 'Bearer', expires_in: 3600, scope }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const provider = `http://127.0.0.1:${server.address().port}`;

const db = { user: [], account: [], session: [], verification: [] };
const auth = betterAuth({
  baseURL: 'http://localhost:3000',
  secret: 'an example secret of more than thirty-two characters',
  database: memoryAdapter(db),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    genericOAuth({
      config: [
        {
          providerId: 'example',
          clientId: 'client',
          clientSecret: 'secret',
          authorizationUrl: `${provider}/authorize`,
          tokenUrl: `${provider}/token`,
          userInfoUrl: `${provider}/me`,
          scopes: ['profile'],
        },
      ],
    }),
  ],
});

const cookiesOf = (response) => response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
const post = (path, body, cookie = '') =>
  auth.handler(
    new Request(`http://localhost:3000/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://localhost:3000', cookie },
      body: JSON.stringify(body),
    }),
  );

async function signIn() {
  let started = await post('/sign-in/social', { provider: 'example', callbackURL: '/done' });
  if (started.status === 404) started = await post('/sign-in/oauth2', { providerId: 'example', callbackURL: '/done' });
  const { url } = await started.json();
  const asked = new URL(url).searchParams;
  const back = new URL(asked.get('redirect_uri'));
  back.search = new URLSearchParams({ code: 'code', state: asked.get('state') });
  const done = await auth.handler(new Request(back, { headers: { cookie: cookiesOf(started) } }));
  return cookiesOf(done);
}

const lines = [];
for (const which of ['first', 'second']) {
  const cookie = await signIn();
  const [account] = db.account;
  const told = await (await post('/get-access-token', { accountId: account.id }, cookie)).json();
  lines.push(`${which} sign-in: ${account.accessToken} was granted "${scopeOf.get(account.accessToken)}", account.scope is "${account.scope}", get-access-token says ${JSON.stringify(told.scopes)}`);
}
console.log(lines.join('\n'));
server.close();
const wanted = [
  'first sign-in: token-1 was granted "profile files.read", account.scope is "profile,files.read", get-access-token says ["profile","files.read"]',
  'second sign-in: token-2 was granted "profile mail.read", account.scope is "profile,files.read", get-access-token says ["profile","files.read"]',
];
process.exit(lines.join('\n') === wanted.join('\n') ? 0 : 1);
JS
node see.mjs
