import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Broker } from '../../src/assembly/broker.ts';
import type { AppChanges } from '../../src/issuance/registry/app.ts';
import { hours, seconds } from '../../src/kit/clock.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { holdBack } from '../support/hold-back.ts';
import { linkSecond } from '../support/second-account.ts';
import { createWorld, type World } from '../support/world.ts';

// A provider answers a refresh slowly. Meanwhile, at another process, the permission of the request ends.

let world: World;
let other: { broker: Broker; url: string };
let visitors = 0;

beforeAll(async () => {
  world = await createWorld();
  other = await world.another();
});

/** An app with one person's tokens, and its own. */
interface Stage {
  readonly app: TestApp;
  readonly userId: string;
  readonly identityId: string;
  readonly access: string;
  readonly refresh: string;
  readonly own: string;
}

const rules = [{ methods: ['GET' as const, 'POST' as const], path: '/v1/userinfo' }];
const line = { connection: 'google', background: true, proxy: rules };

async function stage(): Promise<Stage> {
  const app = await createApp(world);
  await world.broker.issuance.apps.update(app.clientId, { connections: [line] });
  const user = `visitor-${++visitors}`;
  const { access_token: access, refresh_token: refresh = '' } = await app.signIn({
    connection: 'google',
    user,
  });
  const { id, identities } = (await callApi(world.issuer, '/v1/me', access)).body;
  const [identity] = identities as { id: string }[];
  const { body } = await post(app, { grant_type: 'client_credentials', scope: 'idp:google' });
  const own = String((body as { access_token: string }).access_token);
  world.remember(own);
  return { app, userId: String(id), identityId: String(identity?.id), access, refresh, own };
}

const answered = async (response: Response) => {
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> };
};

type Door = (stage: Stage) => ReturnType<typeof answered>;

async function post(
  { clientId, clientSecret }: TestApp,
  fields: Record<string, string>,
  at = '/oauth/token',
) {
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...fields });
  return await answered(await fetch(world.issuer + at, { method: 'POST', body }));
}

async function get(path: string, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  return await answered(await fetch(world.issuer + path, { headers }));
}

const oauth = 'urn:ietf:params:oauth';
const exchanging = { grant_type: `${oauth}:grant-type:token-exchange` };
const ofAccess = `${oauth}:token-type:access_token`;
const ofRefresh = `${oauth}:token-type:refresh_token`;
const ours = {
  ...exchanging,
  requested_token_type: 'urn:symbolon:token-type:idp-access-token',
  connection: 'google',
};
const auth0 = {
  grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
  requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
  connection: 'google',
};
const keycloak = '/realms/symbolon';

const doors: Readonly<Record<string, Door>> = {
  REST: ({ access }) => get('/v1/me/identities/google/token', access),
  'REST by id': ({ access, identityId }) => get(`/v1/me/identities/${identityId}/token`, access),
  background: ({ own, userId }) => get(`/v1/users/${userId}/identities/google/token?reason=nightly`, own),
  proxy: ({ access }) => get('/v1/me/identities/google/proxy/v1/userinfo', access),
  'token exchange': ({ app, access }) =>
    post(app, { ...ours, subject_token: access, subject_token_type: ofAccess }),
  'token exchange of a refresh token': ({ app, refresh }) =>
    post(app, { ...ours, subject_token: refresh, subject_token_type: ofRefresh }),
  'Token Vault': ({ app, refresh }) =>
    post(app, { ...auth0, subject_token: refresh, subject_token_type: ofRefresh }),
  'Token Vault by access token': ({ app, access }) =>
    post(app, { ...auth0, subject_token: access, subject_token_type: ofAccess }),
  'Keycloak broker token': ({ access }) => get(`${keycloak}/broker/google/token`, access),
  'Keycloak broker token V2': ({ app, access }) =>
    post(app, { token: access }, `${keycloak}/broker/google/token`),
  'Keycloak external token': ({ app, access }) =>
    post(
      app,
      { ...exchanging, subject_token: access, requested_token_type: ofAccess, requested_issuer: 'google' },
      `${keycloak}/protocol/openid-connect/token`,
    ),
};

/** Every endpoint gets a request and has checked it; the provider is slow; then the permission ends. */
async function meanwhile(happens: (stage: Stage) => Promise<unknown>) {
  const staged = await stage();
  world.clock.advance(hours(2));
  const goOn = await holdBack(world.control, 'google', { on: 'refresh' });
  const fresh = vi.spyOn(world.broker.vault, 'freshToken');
  const names = Object.keys(doors);
  const asked = Promise.all(Object.values(doors).map((door) => door(staged)));
  await vi.waitFor(() => expect(fresh).toHaveBeenCalledTimes(names.length), { timeout: 5000 });
  fresh.mockRestore();
  await happens(staged);
  await goOn();
  const answers = await asked;
  return new Map(names.map((name, index) => [name, answers[index]] as const));
}

const everyDoor = (status: unknown) => Object.fromEntries(Object.keys(doors).map((name) => [name, status]));
const refused = expect.toSatisfy((status: number) => status >= 400 && status < 500, 'refused');

function statusOf(answers: Awaited<ReturnType<typeof meanwhile>>) {
  return Object.fromEntries([...answers].map(([name, answer]) => [name, answer?.status]));
}

const update = (clientId: string, changes: AppChanges) =>
  other.broker.issuance.apps.update(clientId, changes);

const withdrawals: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  'the person is disabled': ({ userId }) => other.broker.identities.setDisabled(userId, true),
  'the app is switched off': ({ app }) => update(app.clientId, { enabled: false }),
  'the app is removed': ({ app }) => other.broker.issuance.apps.remove(app.clientId),
  'the app’s policy no longer lists the connection': ({ app }) => update(app.clientId, { connections: [] }),
  'the consent is withdrawn': ({ userId, app }) =>
    other.broker.issuance.withdrawConsent(userId, app.clientId, 'idp:google'),
  'the account is unlinked': async ({ userId, identityId }) => {
    await linkSecond(world, userId, 'github', `second-${visitors}`);
    await other.broker.removals.unlink({ userId, identityId });
  },
  'the person is removed': ({ userId }) => other.broker.removals.eraseUser(userId),
};

describe('while the provider has not answered', () => {
  it('and nothing changes, every endpoint answers', async () => {
    const answers = await meanwhile(async () => undefined);
    expect(statusOf(answers)).toEqual(everyDoor(200));
  });

  it.each(Object.entries(withdrawals))('%s: no endpoint returns the token', async (_what, happens) => {
    const answers = await meanwhile(happens);
    expect(statusOf(answers)).toEqual(everyDoor(refused));
    for (const answer of answers.values()) expect(answer?.text).not.toContain('ya29.');
  });

  it('the connection is disabled: no endpoint returns the token', async () => {
    const answers = await meanwhile(() => other.broker.connections.change('google', { enabled: false }));
    await other.broker.connections.change('google', { enabled: true });
    expect(statusOf(answers)).toEqual(everyDoor(refused));
  });

  it('the tokens of the requests are revoked: no endpoint returns the token', async () => {
    const answers = await meanwhile(async ({ app, access, refresh, own }) => {
      const { clientId, clientSecret } = app;
      for (const token of [access, own, refresh]) {
        const body = new URLSearchParams({ token, client_id: clientId, client_secret: clientSecret });
        expect((await fetch(`${other.url}/oauth/revoke`, { method: 'POST', body })).status).toBe(200);
      }
    });
    expect(statusOf(answers)).toEqual(everyDoor(refused));
    expect(answers.get('REST')?.body).toMatchObject({ code: 'invalid_token' });
    expect(answers.get('token exchange')?.body).toMatchObject({ error: 'invalid_grant' });
    expect(answers.get('Token Vault')).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
  });

  it('the policy allows only the proxy now: no other endpoint returns the token', async () => {
    const answers = await meanwhile(({ app }) =>
      update(app.clientId, { connections: [{ ...line, handout: false }] }),
    );
    expect(statusOf(answers)).toEqual({ ...everyDoor(refused), proxy: 200 });
  });

  it('the policy forbids the proxy: it makes no call', async () => {
    const answers = await meanwhile(({ app }) =>
      update(app.clientId, { connections: [{ ...line, proxy: [] }] }),
    );
    expect(statusOf(answers)).toEqual({ ...everyDoor(200), proxy: 403 });
  });

  it('the policy becomes narrower: the answer is as narrow', async () => {
    const answers = await meanwhile(({ app }) =>
      update(app.clientId, { connections: [{ ...line, scopes: ['openid'] }] }),
    );
    expect(statusOf(answers)).toEqual(everyDoor(200));
    for (const [name, answer] of answers)
      if (name !== 'proxy') expect(answer?.body.scope ?? 'openid', name).toBe('openid');
  });

  it('the app rotates the refresh token that it sent: it gets its token, and this is no reuse', async () => {
    const answers = await meanwhile(async ({ app, refresh }) => {
      let token = refresh;
      for (let times = 0; times < 2; times += 1) {
        const { body } = await post(app, { grant_type: 'refresh_token', refresh_token: token });
        token = String(body.refresh_token);
        world.remember(token);
      }
    });
    expect(statusOf(answers)).toEqual(everyDoor(200));
  });
});

it('a proxied call with a slow body is checked again before it is sent', async () => {
  const { app, access } = await stage();
  const { hostname, port } = new URL(world.issuer);
  const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' };
  const path = '/v1/me/identities/google/proxy/v1/userinfo';
  const permitted = vi.spyOn(world.broker.identities, 'briefsOfUser');
  const call = httpRequest({ hostname, port, path, method: 'POST', headers });
  const status = once(call, 'response').then(
    ([response]) => (response as IncomingMessage).resume().statusCode,
  );
  call.write('{"one":');
  // The policy is cached from here on, even if another process changes it.
  await vi.waitFor(() => expect(permitted).toHaveBeenCalled());
  permitted.mockRestore();
  await update(app.clientId, { connections: [] });
  world.clock.advance(seconds(2));
  call.end('1}');
  expect(await status).toBe(403);
});

it('no request is checked twice that did not wait for a provider', async () => {
  const staged = await stage();
  const look = vi.spyOn(world.broker.issuance.apps, 'policyNow');
  const answers = await Promise.all(Object.values(doors).map((door) => door(staged)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(look).not.toHaveBeenCalled();
  world.clock.advance(hours(2));
  expect((await doors.REST?.(staged))?.status).toBe(200);
  expect(look).toHaveBeenCalledTimes(1);
  look.mockRestore();
});

it('a refusal after a wait is in the audit log', async () => {
  let appId = '';
  await meanwhile(async ({ app }) => {
    appId = app.clientId;
    await update(app.clientId, { connections: [] });
  });
  const where = { type: 'token.refused', appId };
  const rows = () => world.database.prisma.auditEvent.findMany({ where });
  // A batch writes them after the answer.
  await expect.poll(rows).toHaveLength(Object.keys(doors).length);
  const events = await rows();
  expect(events.every(({ detail }) => (detail as { why: string }).why === 'no_longer_permitted')).toBe(true);
});

it('a second check that the database does not answer is no refusal', async () => {
  const staged = await stage();
  world.clock.advance(hours(2));
  const look = vi.spyOn(world.broker.issuance.apps, 'policyNow');
  look.mockRejectedValueOnce(new Error('Connection terminated unexpectedly'));
  expect((await doors.REST?.(staged))?.status).toBe(503);
  look.mockRestore();
  const where = { type: 'token.refused', appId: staged.app.clientId };
  expect(await world.database.prisma.auditEvent.count({ where })).toBe(0);
});
