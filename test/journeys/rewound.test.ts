import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { visit } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import {
  type ApiStage,
  createApiStage,
  ownToken,
  providerToken,
  signInFor,
} from '../retrieval/on-behalf-stage.ts';
import { handleOf } from '../senders/doors.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp, type Tokens } from '../support/app.ts';
import { createDpopKey, proof } from '../support/dpop.ts';
import { fallBehind } from '../support/fall-behind.ts';
import { createWorld, type World } from '../support/world.ts';

// A standby with a lag takes over: the last commits are lost. Two brokers continue; a third, which had
// committed too, has ended. A fourth starts afterwards and knows only the database.

const rotating = 'openid-connect';

let world: World;
let app: TestApp;
/** An app that requires consent. */
let asking: TestApp;
let started: Awaited<ReturnType<World['another']>>;
/** An API that acts on behalf of its callers. */
let stage: ApiStage;
/** Its token for `/v1`, of a person who has then withdrawn that. */
let withdrawn: string;
/** A consent that will be lost, and the API's token for `/v1` under it. */
let consented: { readonly token: string; readonly exchanged: string };
/** A request with a proof that was used before. */
let used: () => Promise<number>;
const people = new Map<string, { readonly tokens: Tokens; readonly id: string }>();

async function signIn(user: string, connection: string): Promise<void> {
  const tokens = await app.signIn({ connection, user });
  const { body } = await callApi(world.issuer, '/v1/me', tokens.access_token);
  people.set(user, { tokens, id: String(body.id) });
}

const of = (user: string) => {
  const found = people.get(user);
  if (!found) throw new Error(`${user} has not signed in`);
  return found;
};

const forced = (user: string, url = world.issuer) =>
  callApi(url, `/v1/me/identities/${rotating}/token?force=true`, of(user).tokens.access_token);

const meWith = async (user: string, url: string) =>
  (await callApi(url, '/v1/me', of(user).tokens.access_token)).status;

/** How often a person's refresh tokens were sent to the provider again after their use. */
async function replaysOf(user: string): Promise<number> {
  const families = (await world.control('GET', `${rotating}/refresh-tokens`)) as {
    readonly user: string;
    readonly tokens: readonly { readonly replays: number }[];
  }[];
  const mine = families.filter((family) => family.user === user).flatMap(({ tokens }) => tokens);
  return mine.reduce((sum, { replays }) => sum + replays, 0);
}

const until = (holds: () => Promise<boolean> | boolean) =>
  vi.waitFor(async () => expect(await holds()).toBe(true), { timeout: 20_000, interval: 50 });

const ready = async (url: string) => (await fetch(`${url}/readyz`)).ok;

const alarms = () =>
  world
    .logged()
    .split('\n')
    .filter((line) => line.includes('has lost its last commits'));

beforeAll(async () => {
  world = await createWorld();
  const other = await world.another();
  const dies = await world.another();
  app = await createApp(world, { connections: [rotating, 'google'], firstParty: true });
  for (const user of ['lin', 'ada', 'visitor-1']) await signIn(user, rotating);
  for (const user of ['visitor-2', 'visitor-3', 'visitor-4', 'visitor-5', 'visitor-7', 'visitor-9'])
    await signIn(user, 'google');
  asking = await createApp(world, { connections: ['google'] });
  await asking.signIn({ connection: 'google', user: 'visitor-6' });
  const visitor = await visit(world, { connection: 'google', user: 'visitor-6' });
  stage = await createApiStage(world, { user: 'visitor-8' });
  withdrawn = String((await ownToken(world, stage)).body.access_token);
  const owner = await visit(world, { connection: 'google', user: 'visitor-8' });
  const key = await createDpopKey();
  const { access_token: bound } = await app.signIn({
    connection: 'google',
    user: 'visitor-9',
    dpop: await handleOf(app, key),
  });
  const dpop = await proof(key, { method: 'GET', url: `${world.issuer}/v1/me`, token: bound });
  used = async () =>
    (
      await fetch(`${started?.url ?? world.issuer}/v1/me`, {
        headers: { authorization: `DPoP ${bound}`, dpop },
      })
    ).status;
  expect(await used()).toBe(200);
  // A person whose token is due for a refresh, so that any process may refresh it.
  await world.database.pool.query(
    `UPDATE vault_entry SET access_expires_at = now() + interval '1 minute', last_used_at = now()
     WHERE identity_id IN (SELECT id FROM identity WHERE user_id = $1)`,
    [of('ada').id],
  );
  const takeOver = await fallBehind(world.database);
  for (const url of [world.issuer, other.url, dies.url]) await until(() => ready(url));

  // Ended sessions alone are no loss.
  expect(alarms()).toEqual([]);

  // The changes that will be lost.
  expect((await forced('lin')).status).toBe(200);
  expect((await forced('visitor-1', other.url)).status).toBe(200);
  expect((await forced('ada', dies.url)).status).toBe(200);
  await dies.broker.close();
  await oidc.tokenRevocation(app.configuration, of('visitor-2').tokens.refresh_token ?? '');
  await oidc.tokenRevocation(app.configuration, of('visitor-4').tokens.access_token);
  const disabled = await adminClient(world)('PATCH', `/users/${of('visitor-3').id}`, { disabled: true });
  expect(disabled.status).toBe(200);
  expect((await adminClient(world)('DELETE', `/users/${of('visitor-5').id}`)).status).toBe(204);
  const left = `/users/${of('visitor-7').id}/identities`;
  const [linked] = itemsOf(await adminClient(world)('GET', left));
  expect((await adminClient(world)('POST', `${left}/${String(linked?.id)}/revoke`)).status).toBe(200);
  const page = await owner.open(`/account/apps/${stage.app.clientId}`);
  const link = page.links.find(({ href }) => href.includes('withdraw?api='));
  const done = await owner.browser.submit(await owner.open(String(link?.href)));
  expect(done.url.search).toContain('withdrawn');
  const { token } = await signInFor(stage.app, stage.api, { user: 'visitor-9' });
  const { body } = await ownToken(world, { ...stage, token });
  consented = { token, exchanged: String(body.access_token) };
  expect((await callApi(world.issuer, '/v1/me/identities', consented.exchanged)).status).toBe(200);
  const step = await visitor.open(`/account/apps/${asking.clientId}/withdraw`);
  expect((await visitor.press(step, step.url.pathname)).text).toContain('The permission is withdrawn.');

  await takeOver();
  for (const url of [world.issuer, other.url]) await until(() => ready(url));
  // Both have lost something.
  await until(() => alarms().length > 1);
  started = await world.another();
});

describe('after the last commits were lost', () => {
  it('a revoked refresh token stays revoked, also at a process that did not know', async () => {
    const form = {
      grant_type: 'refresh_token',
      refresh_token: of('visitor-2').tokens.refresh_token ?? '',
      client_id: app.clientId,
      client_secret: app.clientSecret,
    };
    const answer = await fetch(`${started.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
    expect(await meWith('visitor-4', started.url)).toBe(401);
  });

  it('a disabled person stays disabled', async () => {
    expect(await meWith('visitor-3', started.url)).toBe(401);
    const user = await adminClient(world)('GET', `/users/${of('visitor-3').id}`);
    expect(user.body.disabled).toBe(true);
  });

  it('a deleted person is gone, and a withdrawn permission too', async () => {
    expect((await adminClient(world)('GET', `/users/${of('visitor-5').id}`)).status).toBe(404);
    expect(await meWith('visitor-5', started.url)).toBe(401);
    const { rows } = await world.database.pool.query('SELECT FROM consent WHERE app_id = $1', [
      asking.clientId,
    ]);
    expect(rows).toEqual([]);
  });

  it('an API acts for no person who has withdrawn that, or whose consent was lost', async () => {
    const identities = async (token: string) =>
      (await callApi(started.url, '/v1/me/identities', token)).status;
    expect(await identities(withdrawn)).toBe(401);
    expect(await providerToken(world, { ...stage, token: consented.token })).toMatchObject({
      status: 400,
      body: { error: 'access_denied', connect_url: expect.any(String) },
    });
    const path = '/v1/me/identities/google/token';
    expect((await callApi(started.url, path, consented.exchanged)).body.code).toBe('consent_required');
  });

  it('a proof that was used before is refused, also by a process that did not see it', async () => {
    expect(await used()).toBe(401);
  });

  it('a grant that was revoked at the provider stays revoked', async () => {
    const path = '/v1/me/identities/google/token';
    const { status, body } = await callApi(started.url, path, of('visitor-7').tokens.access_token);
    expect([status, body.reason]).toEqual([409, 'revoked_by_user']);
  });

  it('a rotated grant continues at any process, and its provider sees no token twice', async () => {
    world.clock.advance(11_000);
    for (const user of ['lin', 'visitor-1']) {
      expect([user, (await forced(user, started.url)).status]).toEqual([user, 200]);
      expect(await replaysOf(user)).toBe(0);
    }
  });

  it('a token that was rotated by an ended process is reported as lost', async () => {
    const { status, body } = await forced('ada', started.url);
    expect([status, body.reason]).toEqual([409, 'rotation_lost']);
  });

  it('the loss is reported once, with the remedy', async () => {
    const events = await adminClient(world)('GET', '/events?type=database.rewound');
    expect(itemsOf(events)).toHaveLength(1);
    // Each process that detects the loss logs what it has done, and the event has the losses of the first. A consent is not
    // repeated: the person is asked again.
    const told = alarms().map((line): { level: string; undone: string[] } => JSON.parse(line));
    expect(new Set(told.map(({ level }) => level))).toEqual(new Set(['error']));
    const lost = `consent.given ${of('visitor-9').id} ${stage.app.clientId}`;
    expect(told.flatMap(({ undone }) => undone)).toEqual([lost]);
    const detail = itemsOf(events)[0]?.detail as { undone: string[] };
    expect(detail).toMatchObject({ run: 'symbolon restored', undone_total: detail.undone.length });
    expect([[], [lost]]).toContainEqual(detail.undone);
    const disabled = await adminClient(world)('GET', `/events?type=user.disabled&user=${of('visitor-3').id}`);
    expect(itemsOf(disabled).length).toBeGreaterThan(0);
  });
});
