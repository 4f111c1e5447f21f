import { beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';
import { twofold, visit, walk } from './visitor.ts';

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

describe('what changes an account', () => {
  // Attack 82.
  it('wants a sign-in of the last quarter of an hour, and comes back to the page', async () => {
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

  it('is not talked out of it by leaving the demand away', async () => {
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
    // The frozen clock is ours alone, so the broker's session is aged by hand.
    const aged = await world.database.pool.query(
      `UPDATE artifact SET payload = regexp_replace(payload, '("loginTs":\\d+)', '"loginTs":' || $1) WHERE kind = 'Session'`,
      [Math.floor(Date.now() / 1000) - 960],
    );
    expect(aged.rowCount).toBe(1);
    const landed = await visitor.browser.open(authorize);
    expect(landed.status).toBe(400);
    expect(landed.url.pathname).toBe('/account/callback');
    expect(landed.text).toContain('Signing in did not work.');
    expect(world.logged()).toContain('too much time has elapsed');
  });
});
