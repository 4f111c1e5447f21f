import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Broker } from '../../src/assembly/broker.ts';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { type Line, startLine } from '../support/database-line.ts';
import { linkSecond } from '../support/second-account.ts';
import { createWorld, type World } from '../support/world.ts';

// Three brokers that answer from their caches. The clock stands still, so that no TTL ends an entry.

let world: World;
let other: { broker: Broker; url: string };
/** Its LISTEN connection can fall silent, while it reaches the tables. */
let distant: { broker: Broker; url: string; database: Database };
let line: Line;
let visitors = 0;

beforeAll(async () => {
  world = await createWorld();
  other = await world.another();
  line = await startLine(world.database.url);
  const database = createDatabase({ url: world.database.url, directUrl: line.url, poolSize: 5 });
  distant = { ...(await world.another({ database })), database };
});

interface Stage {
  readonly app: TestApp;
  readonly userId: string;
  readonly identityId: string;
  readonly access: string;
}

const everywhere = () => [world.issuer, other.url, distant.url];

async function ask(url: string, token: string) {
  const { status, body } = await callApi(url, '/v1/me/identities/google/token', token);
  return { status, token: body.access_token, code: body.code };
}

/** A person whose token each broker has in its cache. */
async function stage(): Promise<Stage> {
  const app = await createApp(world);
  const user = `visitor-${++visitors}`;
  const { access_token: access } = await app.signIn({ connection: 'google', user });
  const { id, identities } = (await callApi(world.issuer, '/v1/me', access)).body;
  const [identity] = identities as { id: string }[];
  for (const url of [...everywhere(), ...everywhere()]) expect((await ask(url, access)).status).toBe(200);
  return { app, userId: String(id), identityId: String(identity?.id), access };
}

const connection = async () => {
  const google = await other.broker.connections.findNow('google');
  if (!google) throw new Error('no google');
  return google;
};

async function disable(userId: string) {
  const headers = { authorization: `Bearer ${world.adminToken}`, 'content-type': 'application/json' };
  const init = { method: 'PATCH', headers, body: JSON.stringify({ disabled: true }) };
  expect((await fetch(`${other.url}/admin/v1/users/${userId}`, init)).status).toBe(200);
}

const changes: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  'the person is disabled': ({ userId }) => disable(userId),
  'the app is switched off': ({ app }) => other.broker.issuance.apps.update(app.clientId, { enabled: false }),
  'the policy loses the connection': ({ app }) =>
    other.broker.issuance.apps.update(app.clientId, { connections: [] }),
  'the consent is withdrawn': ({ userId, app }) =>
    other.broker.issuance.withdrawConsent(userId, app.clientId, 'idp:google'),
  'the account is unlinked': async ({ userId, identityId }) => {
    await linkSecond(world, userId, 'github', `second-${visitors}`);
    await other.broker.removals.unlink({ userId, identityId });
  },
  'the token is revoked': async ({ app: { clientId, clientSecret }, access }) => {
    const body = new URLSearchParams({ token: access, client_id: clientId, client_secret: clientSecret });
    expect((await fetch(`${other.url}/oauth/revoke`, { method: 'POST', body })).status).toBe(200);
  },
  'the person is asked to authorise again': async ({ userId, identityId }) =>
    other.broker.vault.askAgain({ identityId, userId, connection: await connection(), subject: '' }),
  'an operator writes SQL': ({ identityId }) =>
    world.database.pool.query('DELETE FROM identity WHERE id = $1', [identityId]),
};

const refused = expect.toSatisfy((status: number) => status >= 400 && status < 500, 'refused');
const statusAt = async (url: string, token: string) => (await ask(url, token)).status;

/** Returns the milliseconds until each broker refuses, and checks that a broker does not go back. */
async function untilRefused(token: string) {
  const since = performance.now();
  const took: number[] = [];
  for (const url of everywhere()) {
    await expect.poll(() => statusAt(url, token), { interval: 5, timeout: 5_000 }).toEqual(refused);
    took.push(Math.round(performance.now() - since));
    expect(await statusAt(url, token)).toEqual(refused);
  }
  return took;
}

it('the second request for a token reads no table', async () => {
  const { access } = await stage();
  const asked = vi.spyOn(world.database.pool, 'query');
  expect(await statusAt(world.issuer, access)).toBe(200);
  const texts = asked.mock.calls.map(([query]) => (query as { name?: string }).name ?? '');
  expect(texts.filter((name) => /^(identity-brief|vault-find)/.test(name))).toEqual([]);
  asked.mockRestore();
});

describe.each(Object.entries(changes))('%s', (what, change) => {
  it('at one broker: it counts there at once, and at the others', async () => {
    const staged = await stage();
    await change(staged);
    if (what !== 'an operator writes SQL') expect(await statusAt(other.url, staged.access)).toEqual(refused);
    console.info(`${what}: refused after ms`, await untilRefused(staged.access));
  });

  it('while a broker hears nothing: it counts there too, though the connection seems to be open', async () => {
    const staged = await stage();
    line.swallow();
    await change(staged);
    console.info(`${what}, unheard: refused after ms`, await untilRefused(staged.access));
    expect(distant.database.heard.isCurrent()).toBe(false);
    line.mend();
    await expect.poll(() => distant.database.heard.whenCurrent(), { timeout: 10_000 }).toBe(true);
  });
});

it('a refresh at one broker is what the others hand out next', async () => {
  const { userId, identityId, access } = await stage();
  const target = { identityId, userId, connection: await connection() };
  const subject = (await other.broker.identities.byIds([identityId]))[0]?.subject ?? '';
  expect(await other.broker.vault.refreshNow({ ...target, subject })).toEqual({ kind: 'refreshed' });
  const { token: fresh } = await ask(other.url, access);
  world.remember(String(fresh));
  for (const url of everywhere())
    await expect.poll(async () => (await ask(url, access)).token, { interval: 5 }).toBe(fresh);
});

it('a broker whose LISTEN connection has ended asks the tables, and its caches again afterwards', async () => {
  const staged = await stage();
  line.cut();
  await expect.poll(() => distant.database.heard.whenCurrent()).toBe(false);
  expect(await statusAt(distant.url, staged.access)).toBe(200);
  await disable(staged.userId);
  expect(await statusAt(distant.url, staged.access)).toEqual(refused);
  line.mend();
  await expect.poll(() => distant.database.heard.whenCurrent(), { timeout: 10_000 }).toBe(true);
  expect(await statusAt(distant.url, staged.access)).toEqual(refused);
});
