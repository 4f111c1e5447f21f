import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createRateLimitedEvents } from '../../src/kit/events/rate-limited-events.ts';
import { createLog } from '../../src/kit/log.ts';
import { aliases, createStage, knock, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});

beforeEach(async () => {
  for (const alias of aliases) await stage.world.control('DELETE', `${alias}/faults`);
});

const cookieOf = ({ cookie }: { cookie: { name: string; value: string } }) => ({
  cookie: `${cookie.name}=${cookie.value}`,
});

describe('a flood of callbacks without a matching attempt', () => {
  const failures = async () =>
    (await stage.eventsSince(0)).filter(
      ({ type, connection }) => type === 'login.failed' && connection === 'facebook',
    );
  const counted = async () =>
    Number(
      /events_total\{type="login.failed"\} (\d+)/.exec(await stage.world.broker.metrics.text())?.[1] ?? 0,
    );
  const knockAt = async () => {
    const address = `${stage.world.issuer}/connections/facebook/callback?code=x&state=${'f'.repeat(64)}`;
    expect((await fetch(address)).status).toBe(400);
  };

  it('writes sixty audit events a minute and then one with the number of the others, all of which are counted', async () => {
    stage.world.clock.advance(minutes(1));
    const [before, number] = [(await failures()).length, await counted()];
    for (let sent = 0; sent < 75; sent += 1) await knockAt();
    const full = (await failures()).slice(before);
    expect(full.map(({ detail }) => detail)).toEqual(Array(60).fill({ step: 'callback', code: 'not_open' }));
    expect(await counted()).toBe(number + 75);
    stage.world.clock.advance(minutes(1));
    await knockAt();
    const after = (await failures()).slice(before + 60).map(({ detail }) => detail);
    expect(after).toHaveLength(2);
    expect(after).toContainEqual({ times: 15 });
  });

  it('does not suppress events that only an authenticated person can cause', async () => {
    const { database, clock } = stage.world;
    const events = createRateLimitedEvents(createEvents(database.pool, createLog('silent')), clock);
    const failed = { type: 'login.failed', connection: 'facebook' } as const;
    const before = (await failures()).length;
    for (let sent = 0; sent < 62; sent += 1) await events.record({ ...failed, unproven: true });
    await events.record({ ...failed, detail: { code: 'auth_time_stale' } });
    await events.record({ type: 'login.failed', connection: 'wechat', unproven: true });
    await events.recordCounts();
    expect((await failures()).length).toBe(before + 61);
    // Repeated failures are written when the process ends, or after a minute without another one.
    await events.recordCounts(true);
    await events.recordCounts(true);
    const told = (await failures()).slice(before).map(({ detail }) => detail);
    expect(told).toHaveLength(62);
    expect(told).toContainEqual({ code: 'auth_time_stale' });
    expect(told).toContainEqual({ times: 2 });
  });
});

describe('a callback without a matching attempt', () => {
  it.each<[string, Record<string, string | undefined>, string]>([
    ['without state', { state: undefined }, 'malformed'],
    ['with an empty state', { state: '' }, 'malformed'],
    ['with an unknown state', { state: 'f'.repeat(64) }, 'not_open'],
    ['with a state of another script', { state: '状态🦊\u0000' }, 'not_open'],
    ['with a state of SQL', { state: `' OR 1=1; --` }, 'not_open'],
    ['with a state too long', { state: 'a'.repeat(5000) }, 'malformed'],
    ['with nothing at all', { state: undefined, code: undefined }, 'malformed'],
  ])('%s is turned away', async (_what, change, audited) => {
    const door = await stage.atTheDoor('github');
    const hostile = stage.changed(door.callback, change);
    const answer = await stage.inVain(() => door.browser.open(hostile), { audited });
    expect([answer.status, answer.stopped]).toEqual([400, false]);
    expect(await stage.isSignedIn(door.browser)).toBe(false);
  });

  it('with a state that differs in case, or by a space, is rejected, and the right one still works', async () => {
    const door = await stage.atTheDoor('github');
    for (const state of [
      door.state.toUpperCase(),
      ` ${door.state}`,
      `${door.state}\0`,
      door.state.slice(1),
    ]) {
      const hostile = stage.changed(door.callback, { state });
      const answer = await stage.inVain(() => door.browser.open(hostile), { audited: 'not_open' });
      expect(answer.status).toBe(400);
    }
    expect((await stage.comeBack(door.browser, door.callback)).stopped).toBe(true);
  });

  it('in a browser without the attempt’s cookie is rejected, and the attempt stays', async () => {
    const victim = stage.newBrowser();
    const attacker = await stage.atTheDoor('google', { user: 'mallory' });
    const answer = await stage.inVain(() => victim.open(attacker.callback), { audited: 'not_open' });
    expect(answer.status).toBe(400);
    expect(await stage.isSignedIn(victim)).toBe(false);
    expect((await stage.comeBack(attacker.browser, attacker.callback)).stopped).toBe(true);
  });

  it('with the cookie of another attempt is rejected', async () => {
    const [mine, theirs] = [await stage.atTheDoor('google'), await stage.atTheDoor('google')];
    for (const cookie of [
      cookieOf(theirs).cookie,
      `${mine.cookie.name}=${theirs.cookie.value}`,
      `${mine.cookie.name}=`,
      `${mine.cookie.name}=${mine.cookie.value}x`,
      `${mine.cookie.name.toUpperCase()}=${mine.cookie.value}`,
    ]) {
      const answer = await stage.inVain(() => knock(mine.callback, { headers: { cookie } }), {
        audited: 'not_open',
      });
      expect([answer.status, answer.location]).toEqual([400, null]);
    }
  });

  it.each(['/connections/nobody/callback', '/connections/%00/callback', '/connections/GITHUB/callback'])(
    'at %s names no connection',
    async (path) => {
      const door = await stage.atTheDoor('github');
      const hostile = new URL(path + door.callback.search, stage.world.issuer);
      const answer = await stage.inVain(() => knock(hostile, { headers: cookieOf(door) }), {
        audited: undefined,
      });
      expect([answer.status, answer.location]).toEqual([400, null]);
    },
  );

  it.each(['%E0%A4%A', '%C0%80', '..%2f..%2fadmin', '微信', "github'--", 'a'.repeat(5000)])(
    'at a connection called %s causes no internal error',
    async (alias) => {
      const hostile = `${stage.world.issuer}/connections/${alias}/callback?state=x&code=y`;
      const answer = await stage.inVain(() => knock(hostile), { audited: undefined });
      expect(answer.status).toBe(400);
    },
  );
});

describe('a callback that is sent again', () => {
  it('is rejected, and one code was redeemed once', async () => {
    const door = await stage.atTheDoor('github');
    const before = await stage.tally();
    expect((await stage.comeBack(door.browser, door.callback)).stopped).toBe(true);
    const after = await stage.tally();
    expect(after.tokenRequests).toBe(before.tokenRequests + 1);
    for (const browser of [door.browser, stage.newBrowser()]) {
      const again = await stage.inVain(() => browser.open(door.callback), { audited: 'not_open' });
      expect(again.status).toBe(400);
    }
    const replayed = await stage.inVain(() => knock(door.callback, { headers: cookieOf(door) }), {
      audited: 'not_open',
    });
    expect(replayed.status).toBe(400);
  });

  it('ten times at once is accepted once', async () => {
    const door = await stage.atTheDoor('google');
    const before = await stage.tally();
    const headers = { cookie: door.browser.cookies.header(door.callback) ?? '' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => knock(door.callback, { headers })));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(400)]);
    const after = await stage.tally();
    expect(after.tokenRequests).toBe(before.tokenRequests + 1);
    expect(after.users).toBe(before.users + 1);
  });

  it('after the provider’s refusal stays rejected', async () => {
    const door = await stage.atTheDoor('github');
    const denied = stage.changed(door.callback, { code: undefined, error: 'access_denied' });
    const refused = await door.browser.open(denied);
    expect(refused.url.searchParams.get('error')).toBe('access_denied');
    const late = await stage.inVain(() => door.browser.open(door.callback), { audited: 'not_open' });
    expect(late.status).toBe(400);
  });
});

describe('a callback that comes late', () => {
  it('by eleven minutes is rejected with a link to retry, and its row is deleted', async () => {
    const door = await stage.atTheDoor('facebook');
    const before = await stage.world.database.prisma.loginAttempt.count();
    stage.world.clock.advance(minutes(11));
    const answer = await stage.inVain(() => door.browser.open(door.callback), { audited: 'not_open' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Start again');
    expect(await stage.world.database.prisma.loginAttempt.count()).toBe(before - 1);
    const again = answer.links.find(({ text }) => text === 'Try again');
    expect(again?.href).toMatch(/^\/interaction\//);
    const chooser = await door.browser.open(new URL(again?.href ?? '', stage.world.issuer));
    expect(chooser.url.pathname).toMatch(/^\/interaction\/|^\/facebook\//);
    expect(chooser.status).toBe(200);
  });
});

describe('callback parameters', () => {
  it.each<[string, (search: string) => string]>([
    ['code and error', (search) => `${search}&error=access_denied`],
    ['two codes', (search) => `${search}&code=second`],
    ['two codes, one of them far behind', (search) => `${search}${'&a=1'.repeat(1200)}&code=second`],
    ['two states', (search) => `${search}&state=second`],
    ['two empty errors', (search) => `${search}&error=&error=`],
    ['an empty code', (search) => search.replace(/code=[^&]*/, 'code=')],
    ['an empty error beside the code', (search) => `${search}&error=`],
    ['a list of codes', (search) => `${search.replace('code=', 'code[]=')}&code[]=x&code=`],
    ['a code of 9 kB', (search) => search.replace(/code=[^&]*/, `code=${'c'.repeat(9000)}`)],
    ['51 of them', (search) => search + Array.from({ length: 51 }, (_, index) => `&p${index}=1`).join('')],
    ['two issuers', (search) => `${search}&iss=https://attacker.example`],
  ])('%s: turned away, and the right callback still works', async (_what, change) => {
    const door = await stage.atTheDoor('google');
    const hostile = new URL(door.callback);
    hostile.search = change(door.callback.search);
    const answer = await stage.inVain(() => door.browser.open(hostile), {
      audited: 'malformed',
      secrets: [door.state],
    });
    expect([answer.status, answer.stopped]).toEqual([400, false]);
    expect((await stage.comeBack(door.browser, door.callback)).stopped).toBe(true);
  });

  it('of 20 kB are refused with 431', async () => {
    const door = await stage.atTheDoor('google');
    const hostile = stage.changed(door.callback, { code: 'c'.repeat(20_000) });
    const answer = await stage.inVain(() => knock(hostile), { audited: undefined });
    expect([400, 414, 431]).toContain(answer.status);
  });

  it.each(['__proto__', 'constructor', '__proto__[x]', 'state[__proto__]', 'toString'])(
    'called %s change nothing',
    async (name) => {
      const door = await stage.atTheDoor('github');
      const hostile = new URL(`${door.callback.href}&${encodeURIComponent(name)}=1`);
      expect((await stage.comeBack(door.browser, hostile)).stopped).toBe(true);
      expect(Reflect.get({}, 'x')).toBeUndefined();
    },
  );
});

describe('the method of a callback:', () => {
  it.each(['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    '%s is answered with the allowed methods, and the attempt stays',
    async (method) => {
      const door = await stage.atTheDoor('github');
      const headers = { cookie: door.browser.cookies.header(door.callback) ?? '' };
      const answer = await stage.inVain(() => knock(door.callback, { method, headers }), {
        audited: undefined,
      });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
      expect((await stage.comeBack(door.browser, door.callback)).stopped).toBe(true);
    },
  );

  it('POST works like GET (form_post), once', async () => {
    const door = await stage.atTheDoor('google');
    const headers = { cookie: door.browser.cookies.header(door.callback) ?? '' };
    const address = new URL(door.callback.pathname, door.callback);
    const body = new URLSearchParams(door.callback.search);
    const twice = await knock(door.callback, { method: 'POST', headers, body });
    expect(twice.status).toBe(400);
    const json = JSON.stringify(Object.fromEntries(body));
    const asJson = { ...headers, 'content-type': 'application/json' };
    expect((await knock(address, { method: 'POST', headers: asJson, body: json })).status).toBe(400);
    expect((await knock(address, { method: 'POST', headers, body })).status).toBe(303);
  });

  it('POST of 70 kB is not read', async () => {
    const body = new URLSearchParams({ state: 'x'.repeat(70_000) });
    const address = `${stage.world.issuer}/connections/google/callback`;
    const answer = await stage.inVain(() => knock(address, { method: 'POST', body }), { audited: undefined });
    expect(answer.status).toBe(413);
  });

  it.each(['/', '/x', ';x', '%20', '//'])(
    'at the callback’s path with %j behind is unknown',
    async (tail) => {
      const door = await stage.atTheDoor('github');
      const hostile = new URL(door.callback.pathname + tail + door.callback.search, door.callback);
      const answer = await stage.inVain(() => knock(hostile, { headers: cookieOf(door) }), {
        audited: undefined,
      });
      expect(answer.status).toBe(404);
    },
  );
});
