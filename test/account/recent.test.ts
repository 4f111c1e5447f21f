import { refreshTokenGrant } from 'openid-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { identitiesOn, twofold, visit, walk } from './visitor.ts';

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

describe('a change of the account', () => {
  it('requires a sign-in within 15 minutes, and returns to the page', async () => {
    const { visitor, user, other } = await twofold(world, 'lin', ['google', 'github']);
    const path = `/account/identities/${other}/unlink`;
    const shown = await visitor.open(path);
    world.clock.advance(16 * 60_000);
    for (const stale of [
      path,
      '/account/link/wechat',
      `/account/identities/${other}/reauthorize`,
      '/account/apps/x/withdraw',
    ]) {
      const [hop] = (await visitor.open(stale)).hops;
      expect(hop?.to).toBe(`${world.issuer}/account/login?${new URLSearchParams({ to: stale, fresh: '1' })}`);
    }
    const posted = await visitor.browser.submit(shown);
    expect(posted.hops[0]?.to).toContain('/account/login');
    expect(posted.url.pathname).toMatch(/^\/interaction\//);
    expect(await world.broker.identities.ofUser(visitor.userId)).toHaveLength(2);

    const back = await walk(visitor.browser, posted, { connection: 'google', user });
    expect([back.status, back.url.pathname]).toEqual([200, path]);
    expect((await visitor.press(back, path)).url.search).toBe('?notice=unlinked_revoked');
  });

  it('requires it also if the request leaves the demand out', async () => {
    const visitor = await visit(world, { connection: 'google', user: 'ada' });
    world.clock.advance(16 * 60_000);
    const login = await fetch(`${world.issuer}/account/login?fresh=1&to=/account/link/wechat`, {
      redirect: 'manual',
      headers: { cookie: `symbolon-account=${visitor.browser.cookies.get('symbolon-account')}` },
    });
    const authorize = new URL(login.headers.get('location') ?? '');
    expect(authorize.searchParams.get('prompt')).toBe('login');
    authorize.searchParams.delete('prompt');
    authorize.searchParams.set('max_age', '999999');
    // The frozen clock does not reach the broker's session, so that is aged by hand.
    const aged = await world.database.pool.query(
      `UPDATE artifact SET payload = regexp_replace(payload, '("loginTs":\\d+)', '"loginTs":' || $1) WHERE kind = 'Session'`,
      [Math.floor(Date.now() / 1000) - 960],
    );
    expect(aged.rowCount).toBe(1);
    await world.adopt();
    const landed = await visitor.browser.open(authorize);
    expect(landed.status).toBe(400);
    expect(landed.url.pathname).toBe('/account/callback');
    expect(landed.text).toContain('Signing in did not work.');
    expect(world.logged()).toContain('too much time has elapsed');
  });
});

describe('linking ends no session of the person', () => {
  const who = { connection: 'google', user: 'lin' };

  /** A browser that has sessions at the broker's own pages and at an app. */
  async function sitDown(app: TestApp) {
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const visitor = await visit(world, who, browser);
    return { app, visitor, tokens: await app.signIn({ ...who, browser }) };
  }

  async function expectAllOpen({ app, visitor, tokens }: Awaited<ReturnType<typeof sitDown>>) {
    expect(identitiesOn(await visitor.open('/account'))).toHaveLength(2);
    expect((await callApi(world.issuer, '/v1/me', tokens.access_token)).status).toBe(200);
    const next = await refreshTokenGrant(app.configuration, tokens.refresh_token ?? '');
    expect((await callApi(world.issuer, '/v1/me', next.access_token)).status).toBe(200);
    const { url } = await app.start({ prompt: 'none' });
    const silent = (await visitor.browser.open(url)).url.searchParams;
    expect([silent.get('error'), silent.has('code')]).toEqual([null, true]);
  }

  it.each([
    ['after a recent sign-in', 0],
    ['nor does the sign-in that it asks for, when that is by the same account', 16],
  ])('here or elsewhere, %s', async (_when, later) => {
    const app = await createApp(world);
    const [here, elsewhere] = [await sitDown(app), await sitDown(app)];
    const account = await here.visitor.open('/account');
    world.clock.advance(minutes(later));
    let shown = await here.visitor.press(account, '/account/link/github');
    if (later > 0) {
      shown = await walk(here.visitor.browser, shown, who);
      expect(shown.url.pathname).toBe('/account/link/github');
      shown = await here.visitor.press(shown, '/account/link/github');
    }
    expect(shown.url.search).toBe('?notice=linked');
    await expectAllOpen(elsewhere);
    await expectAllOpen(here);
  });

  it('but a sign-in with an account that is not linked yet is another person’s, in this browser', async () => {
    const app = await createApp(world);
    const [here, elsewhere] = [await sitDown(app), await sitDown(app)];
    world.clock.advance(minutes(16));
    const asked = await here.visitor.open('/account/link/github');
    const shown = await walk(here.visitor.browser, asked, { connection: 'github', user: 'lin' });
    expect(shown.url.pathname).toBe('/account/link/github');
    const [identity] = identitiesOn(await here.visitor.open('/account'));
    const rows = await world.broker.identities.byIds([identity ?? '']);
    expect(rows).toMatchObject([{ userId: expect.not.stringContaining(elsewhere.visitor.userId) }]);
    expect(identitiesOn(await elsewhere.visitor.open('/account'))).toHaveLength(1);
    for (const { tokens } of [here, elsewhere])
      await expect(refreshTokenGrant(app.configuration, tokens.refresh_token ?? '')).resolves.toBeDefined();
  });
});
