import { beforeAll, describe, expect, it } from 'vitest';
import { isOfAnotherIssuer } from '../../src/login/callback-issuer.ts';
import { adminClient } from '../admin/client.ts';
import { createStage, type Stage } from './stage.ts';

// RFC 9207: the issuer in the callback. A provider may begin to send it at any time.

let stage: Stage;

beforeAll(async () => {
  stage = await createStage({ providers: ['yahoo-japan', 'naver'] });
});

let made = 0;

async function connect(provider: string, change: object = {}) {
  const alias = `naming-${++made}`;
  const call = adminClient(stage.world);
  const body = { alias, provider, client_id: 'us', client_secret: 'a-secret-of-it', ...change };
  const { status, text } = await call('POST', '/connections', body);
  expect(status, text).toBe(201);
  const connection = await stage.world.broker.connections.findNow(alias);
  if (!connection) throw new Error(`no ${alias}`);
  return connection;
}

const strangers = [
  'https://attacker.example',
  'https://discord.com.attacker.example',
  'https://attacker.example/discord.com',
  'https://discord.com@attacker.example',
  'HTTPS://DISCORD.COM',
  'http://discord.com',
  'https://discord.com?tenant=1',
  'https://discord.com#1',
  'https://notdiscord.com',
  'null',
  '',
];

describe('a provider that begins to send its issuer', () => {
  const names: Record<string, readonly string[]> = {
    discord: ['https://discord.com', 'https://discord.com/api/oauth2', 'https://accounts.discord.com'],
    notion: ['https://api.notion.com', 'https://www.notion.so'],
    'yahoo-japan': ['https://auth.login.yahoo.co.jp/yconnect/v2'],
    linkedin: ['https://www.linkedin.com/oauth', 'https://www.linkedin.com'],
    microsoft: ['https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'],
    github: ['https://github.com/login/oauth'],
  };

  it.each(Object.entries(names))('%s locks no person out', async (provider, own) => {
    const connection = await connect(provider);
    for (const iss of own) expect(isOfAnotherIssuer(connection, iss), iss).toBe(false);
    for (const iss of strangers) expect(isOfAnotherIssuer(connection, iss), iss).toBe(true);
  });

  it('is not confused with another site of its country domain', async () => {
    const connection = await connect('naver', {
      endpoints: {
        authorization: 'https://login.shop.co.jp/authorize',
        token: 'https://login.shop.co.jp/token',
        api: 'https://login.shop.co.jp',
      },
    });
    expect(isOfAnotherIssuer(connection, 'https://id.shop.co.jp')).toBe(false);
    expect(isOfAnotherIssuer(connection, 'https://attacker.co.jp')).toBe(true);
  });

  it('must send the issuer that it has published, or that the admin has entered', async () => {
    for (const provider of ['google', 'gitlab', 'github'])
      expect(isOfAnotherIssuer(await connect(provider), `https://${provider}.com/other`), provider).toBe(
        true,
      );
    const base = 'https://id.example';
    const endpoints = {
      issuer: base,
      authorization: `${base}/authorize`,
      token: `${base}/token`,
      userinfo: `${base}/me`,
      api: base,
    };
    const entered = await connect('oauth2', { endpoints });
    expect(isOfAnotherIssuer(entered, `${base}/other`)).toBe(true);
    expect(isOfAnotherIssuer(entered, base)).toBe(false);
  });
});

describe('an answer without an issuer', () => {
  const base = 'https://id.example';
  const endpoints = {
    issuer: base,
    authorization: `${base}/authorize`,
    token: `${base}/token`,
    userinfo: `${base}/me`,
    jwks: `${base}/keys`,
    api: base,
  };

  it.each(['oauth2', 'openid-connect'])(
    'is refused by %s if each answer is promised to have one',
    async (provider) => {
      const { jwks: _jwks, ...plain } = endpoints;
      const own = provider === 'oauth2' ? plain : endpoints;
      const promised = await connect(provider, { endpoints: own, options: { callback_issuer: 'required' } });
      expect(isOfAnotherIssuer(promised, undefined)).toBe(true);
      expect(isOfAnotherIssuer(promised, base)).toBe(false);
      expect(isOfAnotherIssuer(await connect(provider, { endpoints: own }), undefined)).toBe(false);
    },
  );
});

describe('a GitHub Enterprise Server', () => {
  it('signs people in with its own issuer, and with no other', async () => {
    const lab = stage.world.lab.connections().find(({ name }) => name === 'github');
    const { issuer: _issuer, ...endpoints } = lab?.endpoints ?? {};
    const { alias } = await connect('github', {
      client_id: lab?.clientId,
      client_secret: lab?.clientSecret,
      endpoints,
    });
    const own = new URL('/login/oauth', stage.world.lab.url).href;
    for (const iss of [own, 'https://github.com/login/oauth', undefined]) {
      const door = await stage.atTheDoor(alias);
      const back = await stage.comeBack(door.browser, stage.changed(door.callback, { iss }));
      expect(back.stopped, String(iss)).toBe(true);
    }
    for (const iss of [`${own}/`, 'https://attacker.example']) {
      const door = await stage.atTheDoor(alias);
      const answer = await stage.inVain(() => door.browser.open(stage.changed(door.callback, { iss })), {
        audited: 'other_issuer',
      });
      expect(answer.status).toBe(400);
      // The values that an admin needs to correct the connection.
      expect(stage.world.logged()).toContain(`"named":"${iss}"`);
    }
  });
});

it('an honest sign-in changes each count that an attack must not change', async () => {
  const before = await stage.tally();
  await stage.app.signIn({ connection: 'github', user: stage.someone() });
  const after = await stage.tally();
  expect(after).toMatchObject({ users: before.users + 1, identities: before.identities + 1 });
  expect(after).toMatchObject({ entries: before.entries + 1, tokenRequests: before.tokenRequests + 1 });
  expect(after.issued).toBeGreaterThan(before.issued);
});
