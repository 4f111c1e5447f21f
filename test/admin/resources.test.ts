import { beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld({ providers: ['paypal'] });
  call = adminClient(world);
});

const web = {
  name: 'Shop',
  redirect_uris: ['https://shop.example/callback'],
  type: 'web',
  connections: [{ connection: 'wechat', scopes: ['snsapi_login'], background: false }],
  apis: ['https://api.example'],
  access_token_format: 'jwt',
  access_token_lifetime: 3600,
};

describe('apps', () => {
  it('are registered as the contract says, and their secret is shown once', async () => {
    const made = await call('POST', '/apps', web);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...web,
      client_id: expect.stringMatching(/^app_/),
      first_party: false,
    });
    const { client_id: id, client_secret: secret } = made.body as {
      client_id: string;
      client_secret: string;
    };
    expect(secret.length).toBeGreaterThan(30);

    const read = await call('GET', `/apps/${id}`);
    expect(read.body).toMatchObject(web);
    expect(read.text).not.toContain(secret);
    expect((await call('GET', '/apps')).text).not.toContain(secret);

    const changed = await call('PATCH', `/apps/${id}`, { name: 'Shop 2', connections: [] });
    expect(changed.body).toMatchObject({ ...web, name: 'Shop 2', connections: [] });

    const rotated = await call('POST', `/apps/${id}/secret`);
    expect(rotated).toMatchObject({ status: 200, body: { client_id: id } });
    expect(rotated.body.client_secret).not.toBe(secret);

    expect((await call('DELETE', `/apps/${id}`)).status).toBe(204);
    expect((await call('GET', `/apps/${id}`)).status).toBe(404);
    expect((await call('DELETE', `/apps/${id}`)).status).toBe(404);
    const types = itemsOf(await call('GET', `/events?app=${id}`)).map(({ type }) => type);
    expect(types).toEqual(['app.removed', 'app.secret_rotated', 'app.changed', 'app.created']);
  });

  it('get no secret if their type cannot keep one', async () => {
    const made = await call('POST', '/apps', { ...web, type: 'spa' });
    expect(made).toMatchObject({ status: 201, body: { client_secret: null } });
    expect(await call('POST', `/apps/${made.body.client_id}/secret`)).toMatchObject({ status: 409 });
  });

  it.each([
    ['redirect_uris', { redirect_uris: ['javascript:alert(1)'] }],
    ['redirect_uris', { redirect_uris: ['http://shop.example/cb'] }],
    ['redirect_uris', { redirect_uris: ['https://*.example/cb'] }],
    ['redirect_uris', { redirect_uris: ['https://shop.example/cb#x'] }],
    ['redirect_uris', { redirect_uris: ['https://shop.example\\@evil.example/cb'] }],
    ['post_logout_redirect_uris', { post_logout_redirect_uris: ['https://shop.example\\out'] }],
    ['redirect_uris', { redirect_uris: ['https://ok.example/cb', 'data:text/html,x'] }],
    ['redirect_uris', { redirect_uris: [] }],
    ['connections.0.connection', { connections: [{ connection: 'nowhere' }] }],
    ['connections.0', { connections: [{ connection: 'wechat', admin: true }] }],
    ['access_token_lifetime', { access_token_lifetime: 31 * 86_400 }],
    ['type', { type: 'admin' }],
    ['name', { name: '' }],
    ['name', { name: 'a\0b' }],
    ['name', { name: 'a\ud800' }],
    ['role', { role: 'admin' }],
    ['id', { id: 'app_mine' }],
    ['client_secret', { client_secret: 'chosen' }],
  ])('are refused by name with a wrong %s, and nothing is stored', async (field, wrong) => {
    const count = await world.database.prisma.app.count();
    const answer = await call('POST', '/apps', { ...web, ...wrong });
    expect(answer.status).toBe(422);
    expect(`${answer.body.detail}`).toContain(field.split('.')[0]);
    expect(await world.database.prisma.app.count()).toBe(count);
  });

  it('are listed in pages without a gap', async () => {
    for (const name of ['One', 'Two', 'Three']) await call('POST', '/apps', { ...web, name });
    const names: unknown[] = [];
    let cursor = '';
    do {
      const page = await call('GET', `/apps?limit=2${cursor}`);
      expect(itemsOf(page).length).toBeLessThanOrEqual(2);
      names.push(...itemsOf(page).map(({ name }) => name));
      cursor = page.body.next_cursor === null ? '' : `&cursor=${page.body.next_cursor}`;
    } while (cursor);
    expect(names).toHaveLength(await world.database.prisma.app.count({ where: { removedAt: null } }));
    expect(names.slice(-3)).toEqual(['One', 'Two', 'Three']);
  });
});

describe('APIs', () => {
  it('are registered, changed and removed', async () => {
    const api = {
      identifier: 'https://api.shop.example',
      name: 'Shop API',
      scopes: [{ name: 'read', description: 'Read' }],
    };
    const made = await call('POST', '/apis', api);
    expect(made).toMatchObject({
      status: 201,
      body: { ...api, access_token_format: 'jwt', access_token_lifetime: 3600 },
    });
    expect(await call('POST', '/apis', api)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const path = `/apis/${made.body.id}`;
    expect(await call('PATCH', path, { access_token_lifetime: 60 })).toMatchObject({
      body: { access_token_lifetime: 60 },
    });
    expect(await call('PATCH', path, { identifier: 'https://other' })).toMatchObject({ status: 422 });
    expect(await call('PATCH', path, { access_token_lifetime: 1 })).toMatchObject({ status: 422 });
    expect(await call('POST', '/apis', { ...api, identifier: 'no uri' })).toMatchObject({ status: 422 });
    expect(itemsOf(await call('GET', '/apis')).map(({ identifier }) => identifier)).toContain(api.identifier);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });

  it('have a policy of their own, and a confidential app that may act for them', async () => {
    const make = async (type: string, more = {}) => {
      const { body } = await call('POST', '/apps', { name: 'Server', type, ...more });
      if (typeof body.client_secret === 'string') world.remember(body.client_secret);
      return String(body.client_id);
    };
    const client = await make('service');
    const phone = await make('native', { redirect_uris: ['http://127.0.0.1/cb'] });
    const connections = [
      { connection: 'google', handout: false, proxy: [{ methods: ['GET'], path: '/me' }] },
    ];
    const fields = { identifier: 'https://mcp.shop.example', name: 'Shop MCP', client, connections };
    const made = await call('POST', '/apis', fields);
    const full = { consent: 'required', proxy_headers: [], rate: null, scopes: [] };
    expect(made).toMatchObject({
      status: 201,
      body: { client, connections: [{ ...connections[0], ...full }] },
    });
    const path = `/apis/${made.body.id}`;
    for (const [wrong, where] of [
      [{ client: phone }, 'client'],
      [{ client: 'app_none' }, 'client'],
      [{ connections: [{ connection: 'nowhere' }] }, 'connections.0.connection'],
      [{ connections: [{ connection: 'google', background: true }] }, 'connections.0'],
    ] as const)
      expect(await call('PATCH', path, wrong)).toMatchObject({
        status: 422,
        body: { errors: [{ path: where }] },
      });
    const rate = { requests: 10, seconds: 60 };
    const changed = await call('PATCH', path, {
      client: null,
      connections: [{ connection: 'google', rate }],
    });
    expect(changed.body).toMatchObject({ client: null, connections: [{ handout: true, rate }] });
  });
});

describe('connections', () => {
  const connection = {
    alias: 'work-github',
    provider: 'github',
    client_id: 'Iv1.abc',
    client_secret: 'the-github-secret-0123456789',
    scopes: ['read:user'],
    endpoints: {},
    enabled: true,
    for: 'linking',
  };

  it('never show their secret', async () => {
    const { client_secret: secret, ...shown } = connection;
    const made = await call('POST', '/connections', connection);
    expect(made).toMatchObject({ status: 201, body: { ...shown, has_client_secret: true } });
    expect(made.body.redirect_uri).toBe(`${world.issuer}/connections/work-github/callback`);
    const byId = await call('GET', `/connections/${made.body.id}`);
    const byAlias = await call('GET', '/connections/work-github');
    expect(byAlias.body).toEqual(byId.body);
    const everything = [made, byId, byAlias, await call('GET', '/connections'), await call('GET', '/events')];
    for (const { text } of everything) expect(text).not.toContain(secret);
    expect(world.logged()).not.toContain(secret);
  });

  it('require the secret again if an endpoint changes', async () => {
    const endpoints = { token: 'https://evil.example/token' };
    const refused = await call('PATCH', '/connections/work-github', { endpoints });
    expect(refused.status).toBe(422);
    expect((await call('GET', '/connections/work-github')).body.endpoints).toEqual({});
    const change = { endpoints, reason: 'it has moved' };
    const wrong = await call('PATCH', '/connections/work-github', { ...change, client_secret: 'any other' });
    expect([wrong.status, wrong.body.detail]).toEqual([422, expect.stringContaining('not the present one')]);
    const { client_secret } = connection;
    const entered = await call('PATCH', '/connections/work-github', { ...change, client_secret });
    expect(entered).toMatchObject({ status: 200, body: { endpoints } });
  });

  it('require the secret again if an option changes its destination', async () => {
    const shop = { ...connection, alias: 'shop', provider: 'paypal', scopes: [], for: 'login' };
    expect((await call('POST', '/connections', shop)).status).toBe(201);
    const options = { environment: 'sandbox' };
    expect((await call('PATCH', '/connections/shop', { options })).status).toBe(422);
    expect((await call('PATCH', '/connections/shop', { options: { environment: 'live' } })).status).toBe(200);
    const { client_secret } = connection;
    const change = { options, client_secret };
    expect((await call('PATCH', '/connections/shop', change)).status).toBe(422);
    const entered = await call('PATCH', '/connections/shop', { ...change, reason: 'to try it' });
    expect(entered).toMatchObject({ status: 200, body: { options } });
    expect((await call('DELETE', '/connections/shop')).status).toBeLessThan(300);
  });

  it('are checked', async () => {
    for (const wrong of [
      { provider: 'nowhere' },
      { alias: 'Upper Case' },
      { for: 'x' },
      { purpose: 'login' },
      { scopes: ['a b'] },
    ]) {
      const answer = await call('POST', '/connections', { ...connection, alias: 'other', ...wrong });
      expect(answer.status, JSON.stringify(wrong)).toBe(422);
    }
    expect(await call('POST', '/connections', connection)).toMatchObject({ status: 409 });
    expect(await call('PATCH', '/connections/nowhere', { enabled: false })).toMatchObject({ status: 404 });
  });

  it('are listed by provider, in pages', async () => {
    const first = await call('GET', '/connections?limit=1');
    const second = await call('GET', `/connections?limit=1&cursor=${first.body.next_cursor}`);
    expect(itemsOf(first)[0]?.id).not.toBe(itemsOf(second)[0]?.id);
    const found = itemsOf(await call('GET', '/connections?provider=github')).map(({ alias }) => alias);
    expect(found).toEqual(['github', 'work-github']);
    expect(await call('DELETE', '/connections/work-github')).toMatchObject({
      status: 200,
      body: { identities: 0, grants: 0 },
    });
    expect((await call('GET', '/connections/work-github')).status).toBe(404);
  });
});
