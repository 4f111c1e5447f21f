import { beforeAll, describe, expect, it } from 'vitest';
import { findConnector, providers } from '../../src/connectors/registry.ts';
import type { NewApp } from '../../src/issuance/registry/app.ts';
import { days, seconds } from '../../src/kit/clock.ts';
import { createRateStore } from '../../src/retrieval/rate-store.ts';
import { createRates } from '../../src/retrieval/rates.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { testClock } from '../support/clock.ts';
import { createWorld, type World } from '../support/world.ts';

// An operator's policy for an app: scopes, rate limit, use without the user. It combines with the user's
// consent.

let world: World;
let other: { url: string };
let visitors = 0;

beforeAll(async () => {
  world = await createWorld();
  other = await world.another();
});

const someone = () => `visitor-${++visitors}`;

async function appWith(line: NonNullable<NewApp['connections']>[number]): Promise<TestApp> {
  const app = await createApp(world);
  await world.broker.issuance.apps.update(app.clientId, { connections: [line] });
  return app;
}

const retrieve = (token: string, connection: string, at = world.issuer) =>
  callApi(at, `/v1/me/identities/${connection}/token`, token);

async function refreshes(): Promise<number> {
  const { counters } = (await world.control('GET', 'google')) as { counters: { refresh: number } };
  return counters.refresh;
}

describe('a token of fewer scopes', () => {
  it('is issued to an app whose policy lists fewer, and is not stored', async () => {
    const user = someone();
    const narrow = await appWith({ connection: 'google', scopes: ['openid', 'profile'] });
    const wide = await createApp(world);
    const own = await narrow.signIn({ connection: 'google', user });
    const wider = await wide.signIn({ connection: 'google', user });
    const entries = () => world.database.prisma.vaultEntry.findMany({ orderBy: { identityId: 'asc' } });
    const before = await entries();
    const asked = await refreshes();

    const given = await retrieve(own.access_token, 'google');
    expect(given.status).toBe(200);
    expect(String(given.body.scope).split(' ').sort()).toEqual(['openid', 'profile']);
    expect((await retrieve(own.access_token, 'google')).body.access_token).toBe(given.body.access_token);
    expect(await refreshes()).toBe(asked + 1);
    expect((await entries()).map(({ version, ciphertext }) => [version, ciphertext])).toEqual(
      before.map(({ version, ciphertext }) => [version, ciphertext]),
    );

    const full = await retrieve(wider.access_token, 'google');
    expect(String(full.body.scope).split(' ').sort()).toEqual(['email', 'openid', 'profile']);
    const emailOf = async (token: unknown) => {
      const headers = { authorization: `Bearer ${String(token)}` };
      const response = await fetch(`${world.lab.url}/google/v1/userinfo`, { headers });
      return 'email' in ((await response.json()) as object);
    };
    expect([await emailOf(given.body.access_token), await emailOf(full.body.access_token)]).toEqual([
      false,
      true,
    ]);
  });

  it('is requested again if it expires too soon, and after the grant is refreshed', async () => {
    const narrow = await appWith({ connection: 'google', scopes: ['openid'] });
    const { access_token } = await narrow.signIn({ connection: 'google', user: someone() });
    const first = await retrieve(access_token, 'google');
    world.clock.advance(seconds(3000));
    expect((await retrieve(access_token, 'google')).body.access_token).toBe(first.body.access_token);
    world.clock.advance(seconds(570));
    const second = await retrieve(access_token, 'google');
    expect(second.body).toMatchObject({ scope: 'openid' });
    expect(second.body.access_token).not.toBe(first.body.access_token);
    expect(Number(second.body.expires_in)).toBeGreaterThan(3000);
  });

  it('is refused with the URL that resolves it if no scope would remain', async () => {
    const narrow = await appWith({ connection: 'google', scopes: ['calendar'] });
    const { access_token } = await narrow.signIn({ connection: 'google', user: someone() });
    expect(await retrieve(access_token, 'google')).toMatchObject({
      status: 403,
      body: {
        code: 'insufficient_upstream_scope',
        missing: ['calendar'],
        reauthorize_url: expect.stringContaining('scope=calendar'),
      },
    });
  });

  it('is not replaced by a wider one if the provider is unreachable or has ended the grant', async () => {
    const user = someone();
    const narrow = await appWith({ connection: 'google', scopes: ['openid'] });
    const { access_token } = await narrow.signIn({ connection: 'google', user });
    await world.control('POST', 'google/faults', { on: 'refresh', fault: '503', times: 1 });
    const unavailable = await retrieve(access_token, 'google');
    expect(unavailable).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } });
    await world.control('POST', 'google/faults', { on: 'refresh', fault: 'html', times: 1 });
    expect(await retrieve(access_token, 'google')).toMatchObject({
      status: 502,
      body: { code: 'provider_error', step: 'refresh' },
    });
    await world.control('POST', `google/users/${user}/revoke`);
    expect(await retrieve(access_token, 'google')).toMatchObject({
      status: 409,
      body: { code: 'reauthorization_required' },
    });
  });

  it('does not exist at every provider: then the answer states the token’s scopes', async () => {
    const narrow = await appWith({ connection: 'github', scopes: ['read:user'] });
    const { access_token } = await narrow.signIn({ connection: 'github', user: someone() });
    const { body } = await retrieve(access_token, 'github');
    expect(String(body.scope).split(' ').sort()).toEqual(['read:user', 'user:email']);
  });

  it('is requested only if the old refresh token stays valid', () => {
    const narrowing = providers.flatMap((provider) => {
      const connector = findConnector(provider);
      return connector?.refresh.narrows ? [{ provider, rotation: connector.refresh.rotation }] : [];
    });
    expect(narrowing.length).toBeGreaterThan(0);
    for (const { provider, rotation } of narrowing) {
      expect(rotation, provider).toBeOneOf(['static', 'overlapping']);
    }
  });
});

describe('the rate limit', () => {
  it('of an app for an identity is counted over all processes', async () => {
    const rate = { requests: 3, seconds: 60 };
    const app = await appWith({ connection: 'github', rate });
    const free = await createApp(world);
    const user = someone();
    const { access_token } = await app.signIn({ connection: 'github', user });
    const unlimited = await free.signIn({ connection: 'github', user });
    const stranger = await app.signIn({ connection: 'github', user: someone() });
    world.clock.advance(seconds(60) - (world.clock.now().getTime() % seconds(60)));

    const asked = [];
    for (let times = 0; times < 6; times += 1)
      asked.push(await retrieve(access_token, 'github', times % 2 === 0 ? world.issuer : other.url));
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429, 429]);
    expect(asked.at(-1)).toMatchObject({ body: { code: 'too_many_requests' } });
    expect(asked.at(-1)?.headers.get('retry-after')).toBe('60');
    expect((await retrieve(stranger.access_token, 'github')).status).toBe(200);
    expect((await retrieve(unlimited.access_token, 'github')).status).toBe(200);

    const where = { type: 'token.refused', appId: app.clientId };
    await expect.poll(() => world.database.prisma.auditEvent.count({ where })).toBe(2);
    world.clock.advance(seconds(60));
    expect((await retrieve(access_token, 'github')).status).toBe(200);
  });

  it('is never exceeded by concurrent processes, and needs few database queries', async () => {
    const { pool } = world.database;
    const clock = testClock();
    let questions = 0;
    const counted = () => {
      const store = createRateStore(pool);
      return createRates({
        clock,
        store: {
          ...store,
          take: (claim) => {
            questions += 1;
            return store.take(claim);
          },
        },
      });
    };
    const processes = [counted(), counted(), counted()];
    const who = { appId: 'app_rate', identityId: 'idn_rate' };
    const rate = { requests: 1000, seconds: 10 };
    const ask = () =>
      Promise.all(Array.from({ length: 2000 }, (_, index) => processes[index % 3]?.take(who, rate)));
    const waits = await ask();
    // An allotment that a process does not use is lost to the others, so it is a twentieth of the limit at
    // most.
    const granted = waits.filter((wait) => wait === undefined).length;
    expect(granted).toBeLessThanOrEqual(1000);
    expect(granted).toBeGreaterThanOrEqual(850);
    expect(questions).toBeLessThan(40);
    questions = 0;
    const later = (await ask()).filter((wait) => wait === undefined).length;
    expect(granted + later).toBe(1000);
    expect(questions).toBeLessThanOrEqual(processes.length);
    clock.advance(seconds(10));
    expect((await ask()).filter((wait) => wait === undefined).length).toBeGreaterThanOrEqual(850);
    clock.advance(days(1));
    await processes[0]?.prune(clock.now());
    const { rows } = await pool.query(`SELECT 1 FROM retrieval_rate WHERE app_id = 'app_rate'`);
    expect(rows).toEqual([]);
  });
});

describe('use without the user', () => {
  async function alone(app: TestApp, userId: string, at = world.issuer) {
    const basic = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    const response = await fetch(`${world.issuer}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'idp:github' }),
    });
    const { access_token } = (await response.json()) as { access_token: string };
    return await callApi(at, `/v1/users/${userId}/identities/github/token?reason=nightly`, access_token);
  }
  const background = { connection: 'github', background: true };

  async function knownTo(app: TestApp) {
    const { access_token } = await app.signIn({ connection: 'github', user: someone() });
    return String((await callApi(world.issuer, '/v1/me', access_token)).body.id);
  }

  it('requires that user’s consent, for that connection, while it lasts', async () => {
    const app = await appWith(background);
    const elsewhere = await createApp(world);
    const userId = await knownTo(elsewhere);
    expect(await alone(app, userId)).toMatchObject({ status: 403, body: { code: 'consent_required' } });

    const mine = await knownTo(app);
    expect((await alone(app, mine)).status).toBe(200);
    await world.broker.issuance.withdrawConsent(mine, app.clientId, 'idp:github');
    expect(await alone(app, mine)).toMatchObject({ status: 403, body: { code: 'consent_required' } });
  });

  it('ends with a withdrawn consent at every process, at once or within a second', async () => {
    const app = await appWith(background);
    const user = someone();
    const allow = () => app.signIn({ connection: 'github', user });
    const { body } = await callApi(world.issuer, '/v1/me', (await allow()).access_token);
    const mine = String(body.id);
    const statuses = async () => [
      (await alone(app, mine)).status,
      (await alone(app, mine, other.url)).status,
    ];
    expect(await statuses()).toEqual([200, 200]);
    // The clock stands still, so that the TTL never ends: only the notification counts.
    await world.broker.issuance.withdrawConsent(mine, app.clientId, 'idp:github');
    expect((await alone(app, mine)).status).toBe(403);
    await expect.poll(statuses).toEqual([403, 403]);

    await allow();
    await expect.poll(statuses).toEqual([200, 200]);
    // A change without a notification, as if it was lost.
    await world.database.prisma.consent.deleteMany({ where: { userId: mine } });
    world.clock.advance(seconds(1));
    expect(await statuses()).toEqual([403, 403]);
  });

  it('requires only the operator’s permission for a first-party app, or for one without sign-in', async () => {
    const userId = await knownTo(await createApp(world));
    const own = await appWith(background);
    await world.broker.issuance.apps.update(own.clientId, { firstParty: true });
    expect((await alone(own, userId)).status).toBe(200);
    const { app, clientSecret } = await world.broker.issuance.apps.create({
      name: 'Nightly',
      type: 'service',
      connections: [background],
    });
    const service = { ...own, clientId: app.id, clientSecret: clientSecret?.reveal() ?? '' };
    world.remember(service.clientSecret);
    expect((await alone(service, userId)).status).toBe(200);
  });

  it('is refused for a disabled person until they are enabled again', async () => {
    const userId = await knownTo(await createApp(world));
    const own = await appWith(background);
    await world.broker.issuance.apps.update(own.clientId, { firstParty: true });
    await world.broker.identities.setDisabled(userId, true);
    expect(await alone(own, userId)).toMatchObject({ status: 404, body: { code: 'identity_not_found' } });
    await world.broker.identities.setDisabled(userId, false);
    expect((await alone(own, userId)).status).toBe(200);
  });
});

it('a challenge of the proxy leads to the metadata of the resource (RFC 9728)', async () => {
  const metadata = `${world.issuer}/.well-known/oauth-protected-resource/v1`;
  const answer = await fetch(`${world.issuer}/v1/me/identities/github/proxy/user`);
  expect(answer.headers.get('www-authenticate')).toContain(`resource_metadata="${metadata}"`);
  const found = await fetch(metadata);
  expect(found.headers.get('access-control-allow-origin')).toBe('*');
  expect(await found.json()).toMatchObject({
    resource: `${world.issuer}/v1`,
    authorization_servers: [world.issuer],
    scopes_supported: expect.arrayContaining(['idp:github', 'idp:wechat']),
    bearer_methods_supported: ['header'],
  });
});
