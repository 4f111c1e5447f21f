import { beforeAll, describe, expect, it } from 'vitest';
import { createEventAppender } from '../../src/kit/events/event-store.ts';
import type { Event } from '../../src/kit/events/events.ts';
import { newId } from '../../src/kit/ids.ts';
import { createApp } from '../support/app.ts';
import { rolledUp } from '../support/rolled-up.ts';
import { createWorld, type World } from '../support/world.ts';
import { type AdminAnswer, adminClient, type CallAdmin, itemsOf } from './client.ts';

// Counts over time, and the apps that have used an account.

let world: World;
let call: CallAdmin;

const hour = 3_600_000;
const day = 24 * hour;
/** The time of the counts that are compared with figures: so far back that the world's own sign-ins are not among them. */
const midnight = Math.floor(Date.now() / day) * day - 3 * day;
const moment = (offset: number) => new Date(midnight + offset).toISOString();

interface Point {
  readonly at: string;
  readonly n: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

interface Group {
  readonly name: string | null;
  readonly total: number;
  readonly points: readonly Point[];
}

const seriesOf = ({ body }: AdminAnswer) => body.series as readonly Group[];

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  const line = (offset: number, type: Event['type'], more: object) => ({
    ...{ id: newId('evt'), type, requestId: undefined, actorKind: 'system' as const, actorId: null },
    ...{ address: undefined, detail: {}, age: Date.now() - midnight - offset },
    ...more,
  });
  const refreshes = Array.from({ length: 20 }, (_, index) =>
    line(5 * hour, 'token.refreshed', { connection: 'github', detail: { ms: index < 10 ? 80 : 700 } }),
  );
  await createEventAppender(world.database.pool)([
    ...refreshes,
    line(5 * hour, 'token.refresh_failed', {
      connection: 'github',
      detail: { failure: 'unavailable', ms: 9_000 },
    }),
    line(7 * hour, 'token.refreshed', { connection: 'google', detail: { ms: 30 } }),
    line(6 * hour, 'token.retrieved', { connection: 'github', appId: 'app_a' }),
    line(day + hour, 'token.retrieved', { connection: 'github', appId: 'app_b' }),
    line(day + hour, 'token.refused', {
      connection: 'github',
      appId: 'app_b',
      detail: { why: 'rate', times: 9 },
    }),
  ]);
  await rolledUp(world.broker.reporting, world.database.pool);
});

const period = `since=${moment(0)}&until=${moment(day)}`;

describe('counts over time', () => {
  it('have a point for each hour, with percentiles of the provider', async () => {
    const series = seriesOf(await call('GET', `/usage?kind=refresh&by=hour&group=connection&${period}`));
    expect(series.map(({ name, total }) => [name, total])).toEqual([
      ['github', 21],
      ['google', 1],
    ]);
    const [github] = series;
    expect(github?.points).toHaveLength(24);
    expect(github?.points[4]).toEqual({ at: moment(4 * hour), n: 0, p50_ms: null, p95_ms: null });
    expect(github?.points[5]).toMatchObject({ at: moment(5 * hour), n: 21 });
    expect(github?.points[5]?.p50_ms).toBeGreaterThan(500);
    expect(github?.points[5]?.p50_ms).toBeLessThanOrEqual(1_000);
    expect(github?.points[5]?.p95_ms).toBeLessThanOrEqual(1_000);
  });

  it('by outcome tell what failed', async () => {
    const series = seriesOf(
      await call('GET', `/usage?kind=refresh&group=outcome&connection=github&${period}`),
    );
    expect(series.map(({ name, total }) => [name, total])).toEqual([
      ['ok', 20],
      ['unavailable', 1],
    ]);
  });

  it('by day know the app, and count refusals that were only counted', async () => {
    const both = `since=${moment(0)}&until=${moment(2 * day)}`;
    const series = seriesOf(await call('GET', `/usage?kind=retrieval&by=day&group=app&${both}`));
    expect(series.map(({ name, points }) => [name, points.map(({ n }) => n)])).toEqual([
      ['app_b', [0, 10]],
      ['app_a', [1, 0]],
    ]);
    const ofApp = seriesOf(
      await call('GET', `/usage?kind=retrieval&by=day&group=outcome&app=app_b&outcome=rate&${both}`),
    );
    expect(ofApp.map(({ name, total }) => [name, total])).toEqual([['rate', 9]]);
  });

  it('by day of another zone begin at midnight there', async () => {
    const [github] = seriesOf(
      await call(
        'GET',
        `/usage?kind=retrieval&by=day&offset=480&since=${moment(-8 * hour)}&until=${moment(40 * hour)}`,
      ),
    );
    expect(github?.points.map(({ at, n }) => [at, n])).toEqual([
      [moment(-8 * hour), 1],
      [moment(16 * hour), 10],
    ]);
  });

  it('are refused at the end of time, since a period ends with a whole hour or day', async () => {
    for (const query of ['until=9999-12-31T23:59:59Z', 'by=day&until=9999-12-31T23:59:59Z&offset=-840'])
      expect((await call('GET', `/usage?kind=login&${query}`)).status).toBe(400);
  });

  it('are null where nothing is counted yet', async () => {
    const tomorrow = new Date(Date.now() + day).toISOString();
    const [series] = seriesOf(
      await call('GET', `/usage?kind=refresh&by=day&since=${moment(0)}&until=${tomorrow}`),
    );
    expect(series?.points.at(-1)?.n).toBeNull();
    expect(series?.points.at(0)?.n).toBe(21);
  });

  it.each([
    ['kind=other', 'kind'],
    ['kind=login&group=app', 'app'],
    ['kind=login&by=hour&app=app_a', 'app'],
    ['kind=login&by=day&offset=90', 'offset'],
    [`kind=login&since=${moment(day)}&until=${moment(0)}`, 'since'],
    [`kind=login&by=hour&since=${moment(-40 * day)}&until=${moment(0)}`, 'since'],
  ])('are refused for %s', async (query, field) => {
    const { status, body } = await call('GET', `/usage?${query}`);
    expect(status).toBe(400);
    expect(body.detail).toMatch(new RegExp(`^${field}:`));
  });
});

describe('the uses of a person', () => {
  it('name app, account and times, and the sign-in says how long the provider took', async () => {
    const app = await createApp(world, { connections: ['google'], firstParty: true });
    const tokens = await app.signIn({ connection: 'google', user: 'lin', scope: 'openid idp:google' });
    const user = tokens.claims()?.sub ?? '';
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const taken = await fetch(`${world.issuer}/v1/me/identities/google/token`, { headers });
    expect(taken.status).toBe(200);

    const shown = async () => itemsOf(await call('GET', `/users/${user}/uses`));
    await expect.poll(shown, { timeout: 5_000 }).toMatchObject([
      {
        app: app.clientId,
        connection: 'google',
        times: 1,
        times_this_week: 1,
        last_away: false,
        last_reason: null,
      },
    ]);
    const [use] = await shown();
    await rolledUp(world.broker.reporting, world.database.pool);
    const ofOne = await call('GET', `/users/${user}/identities/${use?.identity}/uses`);
    expect(itemsOf(ofOne)).toEqual([use]);
    expect(await call('GET', `/users/${user}/identities/idn_other/uses`)).toMatchObject({ status: 404 });
    expect(await call('GET', '/users/usr_other/uses')).toMatchObject({ status: 404 });

    const [signedIn] = itemsOf(await call('GET', `/events?type=login.succeeded&user=${user}`));
    expect(signedIn).toMatchObject({ detail: { ms: expect.any(Number) } });
    const [first] = itemsOf(await call('GET', `/events?type=app.first_use&user=${user}`));
    expect(first).toMatchObject({
      app: app.clientId,
      actor: { kind: 'app', id: app.clientId },
      detail: { away: false },
    });
  });
});
