import { beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { Secret } from '../../src/kit/secret.ts';
import { connectionIds, openRoom, type Room } from './support/room.ts';

let room: Room;
let apps: Room['issuance']['apps'];
let apis: Room['issuance']['apis'];

beforeAll(async () => {
  room = await openRoom();
  ({ apps, apis } = room.issuance);
});

const redirectUris = ['https://app.example/cb'];

describe('apps', () => {
  it('get a secret only if they can keep one', async () => {
    const web = await apps.create({ name: 'Web', type: 'web', redirectUris });
    expect(web.clientSecret?.reveal().length).toBeGreaterThan(40);
    expect(web.app).toMatchObject({ type: 'web', enabled: true, firstParty: false, pkceRequired: true });
    expect((await apps.create({ name: 'Spa', type: 'spa', redirectUris })).clientSecret).toBeUndefined();
    expect(JSON.stringify(web)).not.toContain(web.clientSecret?.reveal());
  });

  it.each([
    [{ name: ' ', type: 'web', redirectUris }, 'name'],
    [{ name: 'a\0b', type: 'web', redirectUris }, 'name'],
    [{ name: 'No address', type: 'web' }, 'redirectUris'],
    [
      { name: 'Lifetime', type: 'web', redirectUris, accessTokenLifetime: 31 * 86_400 },
      'accessTokenLifetime',
    ],
    [{ name: 'Home', type: 'web', redirectUris, homepage: 'https://app.example\\@evil.example' }, 'homepage'],
    [
      { name: 'Logout', type: 'web', redirectUris, backchannelLogoutUri: 'https://app.example\\out' },
      'backchannelLogoutUri',
    ],
    [{ name: 'No PKCE', type: 'spa', redirectUris, pkceRequired: false }, 'pkceRequired'],
    [
      { name: 'Policy', type: 'web', redirectUris, connections: [{ connection: 'nope' }] },
      'connections.0.connection',
    ],
    [
      {
        name: 'Twice',
        type: 'web',
        redirectUris,
        connections: [{ connection: 'wechat' }, { connection: 'wechat' }],
      },
      'connections',
    ],
  ] as const)('refuses %j, naming the field', async (input, field) => {
    const given = structuredClone(input);
    const making = apps.create({
      ...given,
      redirectUris: 'redirectUris' in given ? [...redirectUris] : [],
    } as never);
    await expect(making).rejects.toMatchObject({ status: 422, message: expect.stringContaining(field) });
  });

  it('are changed in the given fields, and no others', async () => {
    const { app } = await apps.create({
      name: 'Before',
      type: 'web',
      redirectUris,
      homepage: 'https://app.example',
    });
    const named = await apps.update(app.id, { name: 'After' });
    expect(named).toMatchObject({ name: 'After', homepage: 'https://app.example', redirectUris });
    expect(await apps.update(app.id, { homepage: null })).toMatchObject({ name: 'After', homepage: null });
    await expect(apps.update('app_gone', { name: 'x' })).rejects.toMatchObject({ status: 404 });
    expect(await apps.remove(app.id)).toBe(true);
    expect(await apps.get(app.id)).toBeUndefined();
    expect(await apps.get('a\0b')).toBeUndefined();
  });

  it('are listed in pages, in the order of creation', async () => {
    const made = [];
    for (const name of ['one', 'two', 'three'])
      made.push((await apps.create({ name, type: 'web', redirectUris })).app.id);
    const all = await apps.list({ limit: 200 });
    const [first, second] = made;
    expect(all.slice(-3).map(({ id }) => id)).toEqual(made);
    expect((await apps.list({ limit: 1, cursor: first })).map(({ id }) => id)).toEqual([second]);
    await expect(apps.list({ limit: 1e9 })).rejects.toMatchObject({ status: 422 });
    await expect(apps.list({ limit: 10, cursor: "'; drop" })).rejects.toMatchObject({ status: 422 });
  });

  it('are created once under a given id, however often the process starts', async () => {
    const secret = new Secret('demo-secret');
    const app = { name: 'Demo', type: 'web', redirectUris } as const;
    await apps.ensure('app_demo', { ...app, redirectUris: [...redirectUris] }, secret);
    const again = await apps.ensure(
      'app_demo',
      { ...app, name: 'Demo 2', redirectUris: [...redirectUris] },
      secret,
    );
    expect(again).toMatchObject({ id: 'app_demo', name: 'Demo 2' });
  });

  it('have a policy that is cached for a second, in case a notification is lost', async () => {
    const { app } = await apps.create({
      name: 'Policy',
      type: 'web',
      redirectUris,
      connections: [{ connection: 'wechat', scopes: ['snsapi_login'], background: true }],
    });
    const line = {
      alias: 'wechat',
      scopes: ['snsapi_login'],
      background: true,
      consent: 'required',
      handout: true,
      proxy: [],
      proxyHeaders: [],
      rate: null,
      revision: 'app 1',
    };
    expect(await apps.policyOf(app.id)).toEqual(new Map([[connectionIds.wechat, line]]));
    await room.database.prisma.appConnection.deleteMany({ where: { appId: app.id } });
    expect((await apps.policyOf(app.id)).size).toBe(1);
    room.clock.advance(seconds(1));
    expect((await apps.policyOf(app.id)).size).toBe(0);
    await apps.update(app.id, { connections: [{ connection: 'github' }] });
    expect([...(await apps.policyOf(app.id)).keys()]).toEqual([connectionIds.github]);
    expect((await apps.policyOf('nobody')).size).toBe(0);
  });
});

describe('APIs', () => {
  it('are created, changed and found by their identifier', async () => {
    const api = await apis.create({
      identifier: 'https://api.example',
      name: 'API',
      scopes: [{ name: 'read' }],
    });
    expect(api).toMatchObject({ accessTokenFormat: 'jwt', accessTokenLifetime: 3600 });
    expect(await apis.update(api.id, { accessTokenLifetime: 60 })).toMatchObject({
      name: 'API',
      accessTokenLifetime: 60,
    });
    expect(await apis.byIdentifier('https://api.example')).toMatchObject({ id: api.id });
    await expect(apis.create({ identifier: 'https://api.example', name: 'Again' })).rejects.toMatchObject({
      status: 409,
    });
    expect(await apis.remove(api.id)).toBe(true);
  });

  it.each(['no uri', 'https://a.example#x', '/relative', ''])(
    'refuse the identifier %j',
    async (identifier) => {
      await expect(apis.create({ identifier, name: 'API' })).rejects.toMatchObject({ status: 422 });
    },
  );

  it('refuse the broker’s own audiences, and scopes with a reserved meaning', async () => {
    for (const name of ['', '/', '/v1', '/userinfo']) {
      const making = apis.create({ identifier: `${room.issuer}${name}`, name: 'API' });
      await expect(making).rejects.toMatchObject({ status: 422 });
    }
    for (const name of ['openid', 'idp:wechat', 'with space', '"']) {
      const making = apis.create({ identifier: 'https://b.example', name: 'API', scopes: [{ name }] });
      await expect(making).rejects.toMatchObject({ status: 422 });
    }
  });
});
