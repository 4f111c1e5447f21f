import { refreshTokenGrant } from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp, type Tokens } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  app = await createApp(world);
});

function subjectOf(tokens: Tokens): string {
  return tokens.claims()?.sub ?? '';
}

async function identityOf(user: string): Promise<string> {
  const [identity] = itemsOf(await call('GET', `/users/${user}/identities`));
  return `/users/${user}/identities/${identity?.id}`;
}

describe('users', () => {
  it('are found by name and listed the newest first', async () => {
    const lin = subjectOf(await app.signIn({ connection: 'google', user: 'lin' }));
    const ada = subjectOf(await app.signIn({ connection: 'google', user: 'ada' }));
    const listed = itemsOf(await call('GET', '/users')).map(({ id }) => id);
    expect(listed.slice(0, 2)).toEqual(expect.arrayContaining([ada, lin]));
    const found = itemsOf(await call('GET', '/users?q=okafor'));
    expect(found).toMatchObject([{ id: ada, name: 'Ada Okafor', disabled: false, roles: [] }]);
    const first = await call('GET', '/users?limit=1');
    const second = await call('GET', `/users?limit=1&cursor=${first.body.next_cursor}`);
    expect([...itemsOf(first), ...itemsOf(second)].map(({ id }) => id).sort()).toEqual([ada, lin].sort());
    expect((await call('GET', '/users?q=%00')).status).toBe(400);
  });

  it('have nothing that works while disabled, until enabled', async () => {
    const tokens = await app.signIn({ connection: 'github', user: 'ada' });
    const path = `/users/${subjectOf(tokens)}`;
    expect((await callApi(world.issuer, '/v1/me', tokens.access_token)).status).toBe(200);
    const disabled = await call('PATCH', path, { disabled: true });
    expect(disabled).toMatchObject({
      status: 200,
      body: { disabled: true, disabled_at: expect.any(String) },
    });
    expect((await callApi(world.issuer, '/v1/me', tokens.access_token)).status).toBe(401);
    await expect(refreshTokenGrant(app.configuration, tokens.refresh_token ?? '')).rejects.toThrow();
    await expect(app.signIn({ connection: 'github', user: 'ada' })).rejects.toThrow();
    expect(await call('PATCH', path, { disabled: false })).toMatchObject({ body: { disabled: false } });
    expect(subjectOf(await app.signIn({ connection: 'github', user: 'ada' }))).toBe(subjectOf(tokens));
  });

  it('cannot be given fields that they must not have', async () => {
    const user = subjectOf(await app.signIn({ connection: 'wechat', user: 'ada' }));
    for (const body of [
      { role: 'admin' },
      { id: 'usr_x' },
      { disabled: 'yes' },
      { disabled: true, roles: ['owner'] },
    ]) {
      expect((await call('PATCH', `/users/${user}`, body)).status, JSON.stringify(body)).toBe(422);
    }
    expect(await call('GET', `/users/${user}`)).toMatchObject({ body: { disabled: false, roles: [] } });
  });

  it('leave nothing when deleted, here and at the provider', async () => {
    const tokens = await app.signIn({ connection: 'google', user: 'sam' });
    const user = subjectOf(tokens);
    expect((await call('DELETE', `/users/${user}`)).status).toBe(204);
    expect((await call('GET', `/users/${user}`)).status).toBe(404);
    expect((await callApi(world.issuer, '/v1/me', tokens.access_token)).status).toBe(401);
    expect(await world.database.prisma.identity.count({ where: { userId: user } })).toBe(0);
    expect(await world.database.prisma.consent.count({ where: { userId: user } })).toBe(0);
    const events = itemsOf(await call('GET', `/events?user=${user}`));
    expect(events.slice(0, 2)).toMatchObject([
      { type: 'token.revoked', detail: { outcome: 'revoked' } },
      { type: 'user.deleted', user },
    ]);
  });
});

describe('linked identities', () => {
  it('show the health of the token, and never the token', async () => {
    const user = subjectOf(await app.signIn({ connection: 'wechat', user: 'lin' }));
    const list = await call('GET', `/users/${user}/identities`);
    expect(itemsOf(list)).toMatchObject([
      {
        connection: 'wechat',
        alternates: { 'wechat:unionid': expect.any(String) },
        token: { state: 'active', key_id: 'test', last_error: null, refreshable: true },
      },
    ]);
    expect(world.minted().length).toBeGreaterThan(0);
    for (const secret of world.minted()) expect(list.text).not.toContain(secret);
    expect((await call('GET', await identityOf(user))).body).toEqual(itemsOf(list)[0]);
  });

  it('are refreshed at the provider, not too often, and the result is returned', async () => {
    const user = subjectOf(await app.signIn({ connection: 'google', user: 'lin' }));
    const path = await identityOf(user);
    const refreshed = await call('POST', `${path}/refresh`);
    expect(refreshed).toMatchObject({
      status: 200,
      body: { token: { last_refreshed_at: expect.any(String) } },
    });
    world.clock.advance(1);
    const again = await call('POST', `${path}/refresh`);
    expect(again.status).toBe(429);
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0);
    world.clock.advance(60_000);
    await world.control('POST', 'google/users/lin/revoke');
    const dead = await call('POST', `${path}/refresh`);
    expect(dead).toMatchObject({
      status: 409,
      body: { code: 'reauthorization_required', reason: expect.any(String) },
    });
    expect((await call('GET', path)).body).toMatchObject({ token: { state: 'reauthorization_required' } });
  });

  it('are revoked, and the result says whether the provider supports it', async () => {
    const github = await identityOf(subjectOf(await app.signIn({ connection: 'github', user: 'lin' })));
    expect(await call('POST', `${github}/revoke`)).toMatchObject({
      status: 200,
      body: { outcome: 'revoked' },
    });
    const wechat = await identityOf(subjectOf(await app.signIn({ connection: 'wechat', user: 'lin' })));
    expect(await call('POST', `${wechat}/revoke`)).toMatchObject({
      status: 200,
      body: { outcome: 'unsupported' },
    });
  });

  it('cannot be unlinked if they are the last one, and then nothing is revoked', async () => {
    const user = subjectOf(await app.signIn({ connection: 'facebook', user: 'lin' }));
    const path = await identityOf(user);
    const before = await world.control('GET', 'facebook');
    expect(await call('DELETE', path)).toMatchObject({ status: 409, body: { code: 'last_identity' } });
    expect(await world.control('GET', 'facebook')).toEqual(before);
  });

  it('are found under their own user only', async () => {
    const lin = subjectOf(await app.signIn({ connection: 'facebook', user: 'lin' }));
    const ada = subjectOf(await app.signIn({ connection: 'facebook', user: 'ada' }));
    const foreign = (await identityOf(lin)).replace(lin, ada);
    const unknown = await call('GET', `/users/${ada}/identities/idn_x`);
    for (const [method, path] of [
      ['GET', foreign],
      ['POST', `${foreign}/refresh`],
      ['POST', `${foreign}/revoke`],
      ['DELETE', foreign],
    ] as const) {
      const answer = await call(method, path);
      expect(answer.status).toBe(404);
      expect({ ...answer.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
    }
  });
});

describe('events', () => {
  it('are filtered and paged, the newest first', async () => {
    const user = subjectOf(await app.signIn({ connection: 'google', user: 'ada' }));
    const all = itemsOf(await call('GET', `/events?user=${user}&limit=200`));
    const moments = all.map(({ at }) => String(at));
    expect(moments).toEqual([...moments].sort().reverse());
    const paged: unknown[] = [];
    let cursor = '';
    do {
      const page = await call('GET', `/events?user=${user}&limit=2${cursor}`);
      paged.push(...itemsOf(page).map(({ id }) => id));
      cursor = page.body.next_cursor === null ? '' : `&cursor=${page.body.next_cursor}`;
    } while (cursor);
    expect(paged).toEqual(all.map(({ id }) => id));
    const logins = itemsOf(await call('GET', `/events?user=${user}&type=login.succeeded&connection=google`));
    expect(logins.length).toBeGreaterThan(0);
    for (const event of logins)
      expect(event).toMatchObject({ user, type: 'login.succeeded', connection: 'google' });
    const future = new Date(Date.now() + 3_600_000).toISOString();
    expect(itemsOf(await call('GET', `/events?since=${future}`))).toEqual([]);
    expect(itemsOf(await call('GET', '/events?app=app_none'))).toEqual([]);
    const [newest] = all;
    expect((await call('GET', `/events/${newest?.id}`)).body).toEqual(newest);
    for (const id of ['evt_x', '%00', 'a%20b']) expect((await call('GET', `/events/${id}`)).status).toBe(404);
    expect((await call('GET', '/events?since=yesterday')).status).toBe(400);
    expect((await call('GET', '/events?type=a%20b')).status).toBe(400);
  });
});
