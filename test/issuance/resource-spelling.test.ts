import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  appBrowser,
  callback,
  post,
  type RelyingApp,
  registerApp,
  throughPages,
} from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// RFC 8707 section 2 compares as RFC 3986 section 6.2.2.1: MCP clients write a bare origin with a slash, or a host in capitals.

let room: Room;
let app: RelyingApp;
const origin = 'https://mcp.example';
const path = 'https://Files.example/mcp';

beforeAll(async () => {
  room = await openRoom();
  const { apis } = room.issuance;
  await apis.create({
    identifier: origin,
    name: 'Notes',
    scopes: [{ name: 'use' }, { name: 'all', optional: true }],
  });
  await apis.create({ identifier: path, name: 'Files' });
  app = await registerApp(room, { apis: [origin, path], defaultScope: null });
});

const audience = (token: unknown) => [decodeJwt(String(token)).aud].flat()[0];
const client = () => ({ client_id: app.id, client_secret: app.secret ?? '' });

async function codeFor(params: Record<string, string>) {
  const attempt = await app.begin(params);
  const browser = appBrowser();
  const landed = await throughPages(browser, await browser.open(attempt.url));
  expect(landed.url.searchParams.get('error')).toBeNull();
  return { code: landed.url.searchParams.get('code') ?? '', code_verifier: attempt.verifier };
}

describe.each([
  [origin, origin],
  [`${origin}/`, origin],
  ['HTTPS://MCP.example', origin],
  ['https://files.EXAMPLE/mcp', path],
])('the resource %s', (given, registered) => {
  it('is the registered one at every place, and the token names that', async () => {
    const issued = await codeFor({ resource: given, scope: 'openid offline_access' });
    const redeem = { grant_type: 'authorization_code', redirect_uri: callback, ...issued, ...client() };
    const { body } = await post(`${room.issuer}/oauth/token`, { ...redeem, resource: given });
    expect(audience(body.access_token)).toBe(registered);
    const refreshed = await post(`${room.issuer}/oauth/token`, {
      grant_type: 'refresh_token',
      refresh_token: String(body.refresh_token),
      resource: given,
      ...client(),
    });
    expect(audience(refreshed.body.access_token)).toBe(registered);
    const own = await post(`${room.issuer}/oauth/token`, {
      grant_type: 'client_credentials',
      resource: given,
      ...client(),
    });
    expect(audience(own.body.access_token)).toBe(registered);
  });
});

it('a refresh may name another API of the app in such a spelling', async () => {
  const first = await app.signIn({ resource: path, scope: 'openid' });
  expect(audience(first.tokens.access_token)).toBe(path);
  const { tokens } = await app.signIn({ resource: origin, scope: 'openid use offline_access' });
  const refreshed = await post(`${room.issuer}/oauth/token`, {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token ?? '',
    resource: 'https://files.example/mcp',
    ...client(),
  });
  expect(audience(refreshed.body.access_token)).toBe(path);
});

it.each([
  'https://mcp.example//',
  'https://mcp.example:443',
  'http://mcp.example',
  `${path}/`,
  'https://files.example/MCP',
])('the resource %s is another one', async (resource) => {
  const { url } = await app.begin({ resource });
  const page = await appBrowser().open(url);
  expect(page.url.searchParams.get('error')).toBe('invalid_target');
});

describe('a request for an API without a scope', () => {
  const scopeOf = async (resource: string, scope?: string) => {
    const attempt = await app.begin({ resource });
    if (scope === undefined) attempt.url.searchParams.delete('scope');
    else attempt.url.searchParams.set('scope', scope);
    const browser = appBrowser();
    const landed = await throughPages(browser, await browser.open(attempt.url));
    return landed.url.searchParams.get('error') ?? (await attempt.redeem(landed.url)).scope;
  };

  it('gets the scopes that the API does not mark as optional', async () => {
    expect(await scopeOf(origin)).toBe('use');
    expect(await scopeOf(origin, '')).toBe('use');
  });

  it('gets openid where the API has no scopes', async () => {
    expect(await scopeOf(path)).toBe('openid');
  });

  it('is refused before the sign-in for the accounts, and where it names unknown scopes only', async () => {
    const before = room.logins.length;
    expect(await scopeOf(`${room.issuer}/v1`)).toBe('invalid_scope');
    expect(await scopeOf(origin, 'unknown idp:nowhere')).toBe('invalid_scope');
    expect(room.logins).toHaveLength(before);
  });
});

describe('response_mode=fragment', () => {
  it('is for single-page apps, whose errors come there too', async () => {
    const spa = await registerApp(room, { type: 'spa' });
    const attempt = await spa.begin({ response_mode: 'fragment', scope: 'openid' });
    const browser = appBrowser();
    const landed = await throughPages(browser, await browser.open(attempt.url));
    expect([landed.url.search, landed.url.hash]).toEqual(['', expect.stringContaining('code=')]);
    const refused = await spa.begin({ response_mode: 'fragment', resource: 'https://unknown.example' });
    const answer = await appBrowser().open(refused.url);
    expect([answer.url.search, answer.url.hash]).toEqual([
      '',
      expect.stringContaining('error=invalid_target'),
    ]);
  });
});
