import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { createUnverifiedStore } from '../../src/vault/unverified-store.ts';
import { visit } from '../account/visitor.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp, type Tokens } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { backUp, type Restore } from '../support/backup.ts';
import { createBrowser, type Page } from '../support/browser.ts';
import { createShell } from '../support/command.ts';
import { createWorld, type World } from '../support/world.ts';

// A backup is made while people, apps and providers continue. It is restored under two brokers, one running
// all the time and one just started, and `symbolon restored` runs as an operator runs it.

const key = { id: 'k1', key: randomBytes(32) };
const rotating = 'openid-connect';
const connections = [rotating, 'google', 'github', 'facebook'];

let world: World;
let app: TestApp;
let opaqueApp: TestApp;
let worker: string;
let started: Awaited<ReturnType<World['another']>>;
let restore: Restore;
const signedIn = new Map<string, { readonly tokens: Tokens; readonly userId: string }>();

async function signIn(user: string, connection: string, through = app): Promise<void> {
  const tokens = await through.signIn({ connection, user });
  const { body } = await callApi(world.issuer, '/v1/me', tokens.access_token);
  signedIn.set(user, { tokens, userId: String(body.id) });
}

const of = (user: string) => {
  const found = signedIn.get(user);
  if (!found) throw new Error(`${user} has not signed in`);
  return found;
};

/** The statuses of two brokers for a person's access token. */
const meWith = async (token: string) =>
  await Promise.all(
    [world.issuer, started.url].map(async (url) => (await callApi(url, '/v1/me', token)).status),
  );

/** The answer to an app that retrieves the provider's token without the person. */
async function kept(user: string, connection: string) {
  const form = { grant_type: 'client_credentials', scope: `idp:${connection}` };
  const headers = { authorization: `Basic ${worker}` };
  const answer = await fetch(`${world.issuer}/oauth/token`, {
    ...{ method: 'POST', headers, body: new URLSearchParams(form) },
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  world.remember(token);
  const at = `/v1/users/${of(user).userId}/identities/${connection}/token?reason=sync`;
  const { status, body } = await callApi(started.url, at, token);
  return { status, token: body.access_token, code: body.code, reason: body.reason };
}

const forced = (user: string, connection: string) =>
  callApi(world.issuer, `/v1/me/identities/${connection}/token?force=true`, of(user).tokens.access_token);

/**
 * How often each of a person's refresh tokens was sent again at the provider after its use, the oldest first.
 */
async function replaysOf(user: string): Promise<readonly number[]> {
  const families = (await world.control('GET', `${rotating}/refresh-tokens`)) as {
    readonly user: string;
    readonly tokens: readonly { readonly replays: number }[];
  }[];
  const mine = families.filter((family) => family.user === user);
  return mine.flatMap(({ tokens }) => tokens.map(({ replays }) => replays));
}

const shell = createShell();
const symbolon = (...args: string[]) =>
  shell(['restored', ...args], {
    DATABASE_URL: world.database.url,
    ENCRYPTION_KEYS: `${key.id}:${key.key.toString('base64')}`,
    PUBLIC_URL: world.issuer,
  });

/** A code that its app has not redeemed yet, and the request that redeems it. */
async function codeOf(user: string) {
  const { url, checks } = await app.start({ connection: 'google', scope: 'openid' });
  const browser = createBrowser({ stopAt: [app.redirectUri] });
  let page: Page = await browser.open(url);
  for (let steps = 0; steps < 5 && !page.stopped; steps += 1) {
    page = await browser.submit(page, page.text.includes('simulated') ? { fields: { user } } : {});
  }
  return () => oidc.authorizationCodeGrant(app.configuration, page.url, checks);
}

const logFile = async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-restored-'));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  await writeFile(path.join(directory, 'broker.log'), world.logged());
  return path.join(directory, 'broker.log');
};

let account: Awaited<ReturnType<typeof visit>>;
let redeem: () => Promise<unknown>;
let replaced: string;
let backedUp: Date;

beforeAll(async () => {
  world = await createWorld({ keys: [key] });
  app = await createApp(world, { connections, firstParty: true });
  opaqueApp = await createApp(world, { connections, firstParty: true });
  await world.broker.issuance.apps.update(opaqueApp.clientId, { accessTokenFormat: 'opaque' });
  const service = await createApp(world, { connections, firstParty: true, background: true });
  worker = btoa(`${service.clientId}:${service.clientSecret}`);
  world.remember(service.clientSecret);

  for (const user of ['lin', 'ada']) await signIn(user, rotating);
  for (const user of ['visitor-5', 'visitor-1']) await signIn(user, 'google');
  await signIn('visitor-2', 'github');
  await signIn('visitor-3', 'facebook', opaqueApp);
  account = await visit(world, { connection: 'github', user: 'visitor-4' });
  redeem = await codeOf('visitor-5');
  restore = await backUp(world.database);
  backedUp = new Date();

  // The system continues.
  await oidc.tokenRevocation(app.configuration, of('visitor-5').tokens.access_token);
  expect((await forced('lin', rotating)).status).toBe(200);
  expect((await forced('visitor-1', 'google')).status).toBe(200);
  await world.control('POST', 'github/users/visitor-2/revoke');
  await world.broker.identities.setDisabled(of('visitor-1').userId, true);
  await world.broker.issuance.rotateSigningKey();
  replaced = (await app.signIn({ connection: 'google', user: 'visitor-5' })).access_token;

  await restore();
  started = await world.another();
}, 60_000);

describe('a restored backup of yesterday', () => {
  it('brings ended grants back, until the restored command has run', async () => {
    expect((await callApi(started.url, '/v1/me', of('visitor-5').tokens.access_token)).status).toBe(200);
    expect((await callApi(started.url, '/v1/me', replaced)).status).toBe(200);
    const plan = await symbolon();
    expect(plan).toMatchObject({ code: 1, stderr: '' });
    expect(plan.stdout).toContain('The 7 living tokens of providers are not handed out before');
    expect(plan.stdout).toContain('Nothing was done.');
    expect((await callApi(started.url, '/v1/me', of('visitor-5').tokens.access_token)).status).toBe(200);
  });

  it('is handled by one command, after which no old token or session works anywhere', async () => {
    const log = await logFile();
    const { code, stdout, stderr } = await symbolon('--yes', '--log', log, '--since', backedUp.toISOString());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('7 of 7 tokens of providers are to be verified.');
    expect(stdout).toContain(`user.disabled  ${of('visitor-1').userId}`);
    expect(stdout).toContain('By the logs 1 such things were done');

    const refused = [401, 401];
    for (const user of signedIn.keys()) expect(await meWith(of(user).tokens.access_token)).toEqual(refused);
    expect(await meWith(replaced)).toEqual(refused);
    const through = (user: string) => (user === 'visitor-3' ? opaqueApp : app).configuration;
    for (const user of signedIn.keys()) {
      const again = oidc.refreshTokenGrant(through(user), of(user).tokens.refresh_token ?? '');
      await expect(again).rejects.toMatchObject({ error: 'invalid_grant' });
    }
    await expect(redeem()).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await account.open('/account')).forms[0]?.action).toBe('/account/login');
    // An API that verifies with the published keys refuses it too.
    const keys = createRemoteJWKSet(new URL(`${started.url}/.well-known/jwks.json`));
    for (const token of [of('lin').tokens.access_token, replaced]) {
      await expect(jwtVerify(token, keys)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    }
  });

  it('detects a rotation after the backup by one attempt, and reports it', async () => {
    const lost = { status: 409, code: 'reauthorization_required', reason: 'rotation_lost' };
    for (let times = 0; times < 3; times += 1) expect(await kept('lin', rotating)).toMatchObject(lost);
    expect(await replaysOf('lin')).toEqual([1, 0]);
  });

  it('has a non-rotating token, which is retrievable again after a refresh', async () => {
    const refreshes = async () =>
      ((await world.control('GET', 'google')) as { counters: { refresh: number } }).counters.refresh;
    const before = await refreshes();
    const { status, token } = await kept('visitor-1', 'google');
    expect(status).toBe(200);
    expect(await kept('visitor-1', 'google')).toMatchObject({ status: 200, token });
    expect(await refreshes()).toBe(before + 1);
  });

  it('has a token without refresh, which is checked, and its person has revoked it', async () => {
    const gone = { status: 409, code: 'reauthorization_required', reason: 'revoked_by_user' };
    expect(await kept('visitor-2', 'github')).toMatchObject(gone);
  });

  it('has unverified tokens, which are not retrievable while a provider is unreachable', async () => {
    await world.control('POST', 'facebook/faults', { on: 'refresh', fault: '503', times: 1 });
    expect(await kept('visitor-3', 'facebook')).toMatchObject({ status: 503, code: 'provider_unavailable' });
    world.clock.advance(seconds(10));
    expect((await kept('visitor-3', 'facebook')).status).toBe(200);
  });

  it('is verified completely by the sweep, in the background', async () => {
    const entries = createUnverifiedStore(world.database.pool);
    expect(await entries.count()).toEqual({ active: 5, unverified: 3 });
    expect(await started.broker.sweep.ahead()).toBe(3);
    expect(await replaysOf('ada')).toEqual([0, 0]);
    expect(await entries.count()).toEqual({ active: 5, unverified: 0 });
    expect((await kept('ada', rotating)).status).toBe(200);
  });

  it('lets people sign in as before', async () => {
    await signIn('lin', rotating);
    expect(await meWith(of('lin').tokens.access_token)).toEqual([200, 200]);
    expect((await kept('lin', rotating)).status).toBe(200);
  });
});
