import { request as httpRequest } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { createStage, knock, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});

const issuerOf = (alias: string) => {
  const { url } = stage.world.lab;
  return { google: `${url}/google`, github: `${url}/github/login/oauth` }[alias];
};

describe('the issuer of a callback', () => {
  it.each(['google', 'github', 'wechat', 'facebook'])(
    'of %s is refused if it is another’s',
    async (alias) => {
      const hostile = [
        'https://attacker.example',
        'https://accounts.google.com.evil.example',
        `${issuerOf(alias) ?? 'https://x.example'}/`,
        (issuerOf(alias) ?? 'https://open.weixin.qq.com').toUpperCase(),
        'null',
        '微信',
      ];
      for (const iss of hostile) {
        const door = await stage.atTheDoor(alias);
        const answer = await stage.inVain(() => door.browser.open(stage.changed(door.callback, { iss })), {
          audited: 'other_issuer',
        });
        expect([answer.status, answer.stopped]).toEqual([400, false]);
        expect(await stage.isSignedIn(door.browser)).toBe(false);
      }
    },
  );

  it.each([{ iss: undefined }, { iss: undefined, code: undefined, error: 'access_denied' }])(
    'is required if it is promised: %j',
    async (change) => {
      const door = await stage.atTheDoor('google');
      const answer = await stage.inVain(() => door.browser.open(stage.changed(door.callback, change)), {
        audited: 'other_issuer',
      });
      expect([answer.status, answer.stopped]).toEqual([400, false]);
    },
  );

  it('is optional if it is sent only sometimes', async () => {
    const door = await stage.atTheDoor('github');
    const without = stage.changed(door.callback, { iss: undefined });
    expect((await stage.comeBack(door.browser, without)).stopped).toBe(true);
  });
});

describe('a callback meant for another connection', () => {
  it.each([
    ['github', 'google'],
    ['google', 'github'],
    ['facebook', 'wechat'],
  ])('of %s is rejected by %s, and still valid at its own connection', async (from, to) => {
    const door = await stage.atTheDoor(from);
    const hostile = new URL(door.callback);
    hostile.pathname = `/connections/${to}/callback`;
    const answer = await stage.inVain(() => door.browser.open(hostile), { audited: 'not_open' });
    expect(answer.status).toBe(400);
    expect((await stage.comeBack(door.browser, door.callback)).stopped).toBe(true);
  });

  it('at the same provider, with the same client, is rejected too', async () => {
    const { connections } = stage.world.broker;
    const lab = stage.world.lab.connections().find(({ name }) => name === 'github');
    if (!lab) throw new Error('no github');
    const twin = {
      alias: 'twin',
      provider: 'github',
      client_id: lab.clientId,
      client_secret: lab.clientSecret,
    };
    const endpoints = { ...lab.endpoints };
    await connections.create({ ...twin, endpoints, scopes: [], enabled: true, for: 'login' });
    const door = await stage.atTheDoor('github');
    const hostile = new URL(door.callback);
    hostile.pathname = '/connections/twin/callback';
    const answer = await stage.inVain(() => door.browser.open(hostile), { audited: 'not_open' });
    expect(answer.status).toBe(400);
  });

  it('with a code of B at the state of A fails if codes are bound', async () => {
    for (const alias of ['google', 'github', 'facebook']) {
      const victim = await stage.atTheDoor(alias);
      const attacker = await stage.atTheDoor(alias);
      const before = await stage.tally();
      const injected = stage.changed(attacker.callback, { code: victim.code });
      const answer = await attacker.browser.open(injected);
      expect(answer.url.searchParams.get('error')).toBe('server_error');
      const after = await stage.tally();
      expect(after).toEqual({ ...before, tokenRequests: before.tokenRequests + 1 });
      expect(await stage.isSignedIn(attacker.browser)).toBe(false);
    }
  });
});

describe('a connection changed while a person is at the provider', () => {
  const connections = () => stage.world.broker.connections;

  it('to disabled signs no person in', async () => {
    const door = await stage.atTheDoor('github');
    await connections().change('github', { enabled: false });
    const answer = await stage.inVain(() => door.browser.open(door.callback), { audited: 'not_offered' });
    expect([answer.status, answer.stopped]).toEqual([400, false]);
    await connections().change('github', { enabled: true });
    const late = await stage.inVain(() => door.browser.open(door.callback), { audited: 'not_open' });
    expect(late.status).toBe(400);
  });

  it('to linking only signs no person in', async () => {
    const door = await stage.atTheDoor('github');
    await connections().change('github', { for: 'linking' });
    const answer = await stage.inVain(() => door.browser.open(door.callback), { audited: 'not_offered' });
    expect(answer.status).toBe(400);
    const { url } = await stage.app.start({ connection: 'github' });
    const browser = stage.newBrowser();
    const page = await stage.inVain(() => browser.open(url), { audited: 'not_offered' });
    expect(page.url.href.startsWith(stage.world.issuer)).toBe(true);
    expect(page.forms[0]?.buttons.map(({ value }) => value)).not.toContain('github');
    const insisting = await stage.inVain(() => browser.submit(page, { fields: { connection: 'github' } }), {
      audited: 'not_offered',
    });
    expect([insisting.status, insisting.url.origin]).toEqual([400, stage.world.issuer]);
    await connections().change('github', { for: 'login' });
  });

  it('to removed signs no person in', async () => {
    const door = await stage.atTheDoor('twin');
    await stage.world.broker.removals.removeConnection('twin');
    const answer = await stage.inVain(() => door.browser.open(door.callback), { audited: undefined });
    expect([answer.status, answer.stopped]).toEqual([400, false]);
  });

  it('to removed and created again under its name signs no person in', async () => {
    const lab = stage.world.lab.connections().find(({ name }) => name === 'github');
    const make = () =>
      connections().create({
        alias: 'again',
        provider: 'github',
        client_id: lab?.clientId ?? '',
        client_secret: lab?.clientSecret,
        endpoints: { ...lab?.endpoints },
        scopes: [],
        enabled: true,
        for: 'login',
      });
    await make();
    const door = await stage.atTheDoor('again');
    await stage.world.broker.removals.removeConnection('again');
    await make();
    const answer = await stage.inVain(() => door.browser.open(door.callback), { audited: 'not_open' });
    expect(answer.status).toBe(400);
  });
});

describe('two tabs of one browser', () => {
  it('complete in the reverse order, each with its own account', async () => {
    const browser = stage.newBrowser();
    const first = await stage.atTheDoor('google', { browser });
    const second = await stage.atTheDoor('github', { browser });
    const third = await stage.atTheDoor('google', { browser });
    for (const { callback } of [third, second, first])
      expect((await stage.comeBack(browser, callback)).stopped).toBe(true);
    expect(await stage.isSignedIn(browser)).toBe(true);
  });
});

describe('a cookie under another cookie’s name', () => {
  it('opens no session', async () => {
    const door = await stage.atTheDoor('github');
    const { url } = await stage.app.start({ prompt: 'none' });
    const names = [
      '_session',
      '_session.legacy',
      'symbolon.sid',
      '__Host-symbolon',
      'session',
      'connect.sid',
    ];
    const signedIn = await stage.atTheDoor('github');
    await stage.comeBack(signedIn.browser, signedIn.callback);
    const real = (signedIn.browser.cookies.header(url) ?? '')
      .split('; ')
      .map((pair) => pair.split('=')[0] ?? '');
    for (const name of [...new Set([...names, ...real])]) {
      const cookie = `${name}=${door.cookie.value}; ${name}.sig=${door.cookie.value}`;
      const { location } = await knock(url, { headers: { cookie } });
      expect(new URL(location ?? '').searchParams.get('error'), name).toBe('login_required');
    }
  });

  it('is no substitute for an attempt’s cookie', async () => {
    const door = await stage.atTheDoor('github');
    const other = await stage.atTheDoor('github');
    await stage.comeBack(other.browser, other.callback);
    const session = (other.browser.cookies.header(new URL(stage.world.issuer)) ?? '').split('; ')[0] ?? '';
    const cookie = `${door.cookie.name}=${session.split('=')[1]}`;
    const answer = await stage.inVain(() => knock(door.callback, { headers: { cookie } }), {
      audited: 'not_open',
    });
    expect(answer.status).toBe(400);
  });
});

describe('a foreign host', () => {
  /** `fetch` does not send a chosen Host header. */
  function ask(url: URL, headers: Record<string, string>): Promise<{ status: number; location: string }> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(url, { headers }, (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '' });
      });
      sent.on('error', reject).end();
    });
  }

  it('as Host is refused', async () => {
    const { url } = await stage.app.start({ connection: 'github' });
    for (const host of ['evil.example', `${url.host}.evil.example`, `evil.example:${url.port}`]) {
      const { status, location } = await ask(url, { host });
      expect([400, 421], host).toContain(status);
      expect(location).toBe('');
    }
  });

  it('in a forwarded header changes no URL', async () => {
    const forwarded = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '444',
      forwarded: 'host=evil.example;proto=https',
      'x-original-url': '/evil',
      'x-rewrite-url': '/evil',
    };
    const { url } = await stage.app.start({ connection: 'github' });
    const browser = stage.newBrowser();
    const page = await browser.open(url, forwarded);
    expect(page.url.searchParams.get('redirect_uri')).toBe(
      `${stage.world.issuer}/connections/github/callback`,
    );
    for (const { to } of page.hops) expect(to).not.toContain('evil');
    const { status, location } = await ask(url, forwarded);
    expect(status).toBe(303);
    expect(location).not.toContain('evil');
  });
});
