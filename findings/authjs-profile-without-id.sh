#!/usr/bin/env bash
# Guess: Auth.js refuses a sign-in whose provider's profile has no id ("Profile id is missing"), as next-auth 4 does, since without one
#   the person cannot be known again.
# Seen (@auth/core 0.41.3, its handler over a small adapter): the sign-in succeeds, and the account row gets a random UUID in place
#   of the provider's id. The next sign-in of the same person gets another, so each one makes a new user. Its built-in WeChat provider
#   takes the id from `unionid` alone, which WeChat sends only to apps that are bound to an open platform account.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @auth/core@0.41.3 2>/dev/null
cat > see.mjs <<'JS'
import { createServer } from 'node:http';
import { Auth } from '@auth/core';

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  const isProfile = request.url.startsWith('/me');
  response.end(JSON.stringify(isProfile ? { openid: 'o-1', nickname: 'Ada' } : { access_token: 'token', token_type: 'bearer' }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const provider = `http://127.0.0.1:${server.address().port}`;

const users = [];
const accounts = [];
const adapter = {
  createUser: async (user) => { users.push(user); return user; },
  getUser: async (id) => users.find((user) => user.id === id) ?? null,
  getUserByEmail: async () => null,
  getUserByAccount: async ({ providerAccountId }) => {
    const account = accounts.find((one) => one.providerAccountId === providerAccountId);
    return users.find(({ id }) => id === account?.userId) ?? null;
  },
  updateUser: async (user) => user,
  linkAccount: async (account) => { accounts.push(account); },
  createSession: async (session) => session,
  getSessionAndUser: async () => null,
  updateSession: async () => null,
  deleteSession: async () => null,
};
const config = {
  adapter,
  basePath: '/auth',
  secret: 'an example secret of more than thirty-two characters',
  trustHost: true,
  logger: { error: () => undefined, warn: () => undefined, debug: () => undefined },
  providers: [
    {
      id: 'example',
      name: 'Example',
      type: 'oauth',
      issuer: provider,
      clientId: 'client',
      clientSecret: 'secret',
      checks: ['state'],
      authorization: `${provider}/authorize`,
      token: `${provider}/token`,
      userinfo: `${provider}/me`,
      // As the built-in WeChat provider maps a profile that has no unionid.
      profile: ({ unionid, nickname }) => ({ id: unionid, name: nickname }),
    },
  ],
};
const jar = (response, before = '') => [before, ...response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])].filter(Boolean).join('; ');
const ask = (path, init = {}) => Auth(new Request(`http://localhost:3000/auth${path}`, init), config);

for (let time = 0; time < 2; time += 1) {
  const csrf = await ask('/csrf');
  const { csrfToken } = await csrf.json();
  let cookie = jar(csrf);
  const body = new URLSearchParams({ csrfToken, callbackUrl: 'http://localhost:3000/done' });
  const started = await ask('/signin/example', { method: 'POST', body, headers: { cookie } });
  cookie = jar(started, cookie);
  const state = new URL(started.headers.get('location')).searchParams.get('state');
  await ask(`/callback/example?${new URLSearchParams({ code: 'code', state })}`, { headers: { cookie } });
}
server.close();
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ids = accounts.map(({ providerAccountId }) => providerAccountId);
const lines = [
  `users after two sign-ins of one person: ${users.length}`,
  `ids that are random UUIDs: ${ids.filter((id) => uuid.test(id)).length}, different ones: ${new Set(ids).size}`,
];
console.log(lines.join('\n'));
const wanted = ['users after two sign-ins of one person: 2', 'ids that are random UUIDs: 2, different ones: 2'];
process.exit(lines.join('\n') === wanted.join('\n') ? 0 : 1);
JS
node see.mjs
