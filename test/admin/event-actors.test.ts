import { beforeAll, describe, expect, it, vi } from 'vitest';
import { identitiesOn, visit } from '../account/visitor.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, itemsOf } from './client.ts';

// The actor and the address of each event, from the sign-in to the end of an account.

let world: World;
let app: TestApp;
let userId: string;

const anonymous = { kind: 'anonymous', id: null };
const system = { kind: 'system', id: null };
const person = () => ({ kind: 'person', id: userId });
const theApp = () => ({ kind: 'app', id: app.clientId });

async function actorsOf(query: string): Promise<Record<string, unknown>> {
  const events = itemsOf(await adminClient(world)('GET', `/events?limit=200&${query}`));
  return Object.fromEntries(events.map(({ type, actor }) => [type, actor]));
}

const until = (query: string, expected: object) =>
  vi.waitFor(async () => expect(await actorsOf(query)).toMatchObject(expected));

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world, { background: true });
});

describe('the actor of an event is', () => {
  it('anonymous until the provider has named the person, and then the person', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'lin' });
    userId = String((await callApi(world.issuer, '/v1/me', access_token)).body.id);
    expect(await actorsOf('type=login.started')).toEqual({ 'login.started': anonymous });
    expect(await actorsOf(`user=${userId}`)).toEqual({
      'user.created': person(),
      'login.succeeded': person(),
      'token.deposited': person(),
      'consent.given': person(),
    });
  });

  it('the app that takes a token or refreshes it, for a user who is present and for one who is away', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'lin' });
    const path = '/identities/google/token';
    expect((await callApi(world.issuer, `/v1/me${path}?force=true`, access_token)).status).toBe(200);
    await until('type=token.retrieved', { 'token.retrieved': theApp() });
    await until('type=token.refreshed', { 'token.refreshed': theApp() });

    const basic = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    const answer = await fetch(`${world.issuer}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'idp:google' }),
    });
    const own = (await answer.json()) as { access_token: string };
    world.remember(own.access_token);
    const away = `/v1/users/${userId}${path}?reason=sync`;
    expect((await callApi(world.issuer, away, own.access_token)).status).toBe(200);
    await vi.waitFor(async () => {
      const events = itemsOf(await adminClient(world)('GET', '/events?type=token.retrieved'));
      expect(events).toMatchObject([
        { actor: theApp(), user: userId, detail: { background: true } },
        { actor: theApp(), user: userId, detail: { background: false } },
      ]);
      expect(events[0]?.address).toBe('127.0.0.1');
    });
  });

  it('the app that uses a refresh token again', async () => {
    const { refresh_token = '' } = await app.signIn({ connection: 'google', user: 'ada' });
    const use = async () => {
      const answer = await fetch(`${world.issuer}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token,
          client_id: app.clientId,
          client_secret: app.clientSecret,
        }),
      });
      const body = (await answer.json()) as Record<string, string>;
      world.remember(body.access_token, body.refresh_token, body.id_token);
      return answer.status;
    };
    expect(await use()).toBe(200);
    world.clock.advance(120_000);
    expect(await use()).toBe(400);
    expect(await actorsOf('type=refresh_token.reused')).toEqual({ 'refresh_token.reused': theApp() });
  });

  it('the person on the account pages', async () => {
    const visitor = await visit(world, { connection: 'google', user: 'lin' });
    expect(visitor.userId).toBe(userId);
    await visitor.press(await visitor.open('/account'), '/account/link/github');
    const [, github] = identitiesOn(await visitor.open('/account'));
    const unlink = `/account/identities/${github}/unlink`;
    await visitor.press(await visitor.open(unlink), unlink);
    const withdraw = `/account/apps/${app.clientId}/withdraw`;
    await visitor.press(await visitor.open(withdraw), withdraw);
    const leave = '/account/sign-out-everywhere';
    await visitor.press(await visitor.open(leave), leave);
    const events = itemsOf(await adminClient(world)('GET', `/events?limit=200&connection=github`));
    expect(events.find(({ type }) => type === 'login.started')).toMatchObject({ actor: person() });
    expect(await actorsOf(`user=${userId}`)).toMatchObject({
      'identity.linked': person(),
      'identity.unlinked': person(),
      'grant.revoked': person(),
      signed_out: person(),
    });
  });

  it('an unauthenticated caller of the address for signals', async () => {
    const address = `${world.issuer}/connections/google/signals`;
    expect((await fetch(address, { method: 'POST', body: 'x' })).status).toBe(400);
    expect(await actorsOf('type=signal.refused')).toEqual({ 'signal.refused': anonymous });
  });

  it('the system where a job finds something', async () => {
    const call = adminClient(world);
    const path = `/users/${userId}/identities`;
    const [linked] = itemsOf(await call('GET', path));
    await world.control('POST', 'google/faults', { on: 'revoke', fault: '500', times: 1 });
    const { body } = await call('POST', `${path}/${linked?.id}/revoke`);
    expect(body.outcome).toBe('retrying');
    world.clock.advance(60_000);
    await world.broker.upstreamRevocations.runDue();
    const [event] = itemsOf(await call('GET', '/events?type=token.revoked'));
    expect(event).toMatchObject({ actor: system, address: null, request_id: null });
  });
});

it('events of anonymous visitors who start a sign-in are rationed', async () => {
  const before = await world.database.prisma.auditEvent.count({ where: { type: 'login.started' } });
  for (let visits = 0; visits < 70; visits += 1) {
    const { url } = await app.start({ connection: 'facebook' });
    await createBrowser({ stopAt: [world.lab.url] }).open(url);
  }
  const after = await world.database.prisma.auditEvent.count({ where: { type: 'login.started' } });
  expect(after - before).toBe(60);
});
