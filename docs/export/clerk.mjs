// Writes the users of a Clerk instance with their accounts and the providers' tokens, one user a line:
//   CLERK_SECRET_KEY=sk_live_… node clerk.mjs > users.jsonl
// Without the tokens: node clerk.mjs --no-tokens
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';

const key = process.env.CLERK_SECRET_KEY;
const api = process.env.CLERK_API_URL ?? 'https://api.clerk.com';
const withTokens = !process.argv.includes('--no-tokens');
const pageSize = 500;

async function ask(path) {
  for (;;) {
    const answer = await fetch(`${api}/v1${path}`, { headers: { authorization: `Bearer ${key}` } });
    if (answer.status !== 429) return answer;
    await setTimeout(1000 * (Number(answer.headers.get('retry-after')) || 1));
  }
}

async function tokensOf(user) {
  const verified = user.external_accounts.filter(({ verification }) => verification?.status === 'verified');
  const names = verified.map(({ provider, object }) => provider ?? object.replace(/_account$/, ''));
  const tokens = [];
  for (const name of new Set(names.map((one) => one.replace(/^oauth_/, '')))) {
    const answer = await ask(`/users/${user.id}/oauth_access_tokens/oauth_${name}`);
    const body = await answer.json();
    if (answer.ok) tokens.push(...(Array.isArray(body) ? body : body.data));
    // The token has ended, and Clerk has no refresh token or the provider refuses it.
    else console.error(`${user.id} ${name}: ${answer.status} ${body.errors?.[0]?.code ?? ''}`);
  }
  return tokens;
}

// The oldest users come first, so that a sign-up in the meantime moves no page. A deletion may repeat a user.
const seen = new Set();
for (let offset = 0, page; page === undefined || page.length === pageSize; offset += pageSize) {
  const answer = await ask(`/users?limit=${pageSize}&offset=${offset}&order_by=%2Bcreated_at`);
  if (!answer.ok) throw new Error(`Clerk answers ${answer.status}`);
  page = await answer.json();
  for (const user of page) {
    if (seen.has(user.id)) continue;
    seen.add(user.id);
    const tokens = withTokens ? { oauth_access_tokens: await tokensOf(user) } : {};
    process.stdout.write(`${JSON.stringify({ ...user, ...tokens })}\n`);
  }
}
