import { beforeAll, describe, expect, it } from 'vitest';
import { days, minutes } from '../../src/kit/clock.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let bootstrap: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  bootstrap = adminClient(world);
});

async function make(call: CallAdmin, about: Record<string, unknown> = {}) {
  const expires_at = new Date(world.clock.now().getTime() + days(30)).toISOString();
  const answer = await call('POST', '/tokens', {
    name: 'deploys',
    role: 'operator',
    expires_at,
    reason: 'for deploys',
    ...about,
  });
  const token = String(answer.body.token);
  world.remember(answer.status === 201 ? token : undefined);
  return { answer, id: String(answer.body.id), token, call: adminClient({ ...world, adminToken: token }) };
}

describe('a named token', () => {
  it('is shown once, works with its role, and shows its use', async () => {
    const { answer, id, token, call } = await make(bootstrap);
    expect(answer.status).toBe(201);
    expect(token).toMatch(/^symbolon_adt_[\w-]{43}$/);
    expect((await call('GET', '/me')).body).toMatchObject({
      actor: { kind: 'app', id },
      name: 'deploys',
      role: 'operator',
      permissions: expect.not.arrayContaining(['admins:change']),
    });
    expect((await call('POST', '/tokens', {})).status).toBe(403);
    const listed = await bootstrap('GET', '/tokens');
    expect(listed.text).not.toContain(token);
    expect(itemsOf(listed)).toMatchObject([
      { id: 'bootstrap', name: 'ADMIN_API_TOKEN', role: 'owner', last_used_at: expect.any(String) },
      { id, created_by: 'bootstrap', scopes: ['admin:operate'], last_used_at: expect.any(String) },
    ]);
    const [event] = itemsOf(await bootstrap('GET', '/events?type=admin.token_created'));
    expect(event).toMatchObject({
      actor: { kind: 'bootstrap' },
      detail: { token: id, reason: 'for deploys' },
    });
  });

  it('is the actor of what it does', async () => {
    const { id, call } = await make(bootstrap);
    const made = await call('POST', '/apis', { identifier: 'https://api.example', name: 'Made by a token' });
    expect(made.status).toBe(201);
    const [event] = itemsOf(await bootstrap('GET', '/events?type=api.created'));
    expect(event).toMatchObject({ actor: { kind: 'app', id } });
  });

  it('expires, within a year', async () => {
    const now = world.clock.now().getTime();
    for (const life of [-minutes(1), days(366)]) {
      const { answer } = await make(bootstrap, { expires_at: new Date(now + life).toISOString() });
      expect(answer.status).toBe(422);
    }
    const soon = await make(bootstrap, { expires_at: new Date(now + minutes(1)).toISOString() });
    expect((await soon.call('GET', '/me')).status).toBe(200);
    world.clock.advance(minutes(2));
    expect((await soon.call('GET', '/me')).status).toBe(401);
  });

  it('that is removed is refused by every process at once, and so are the tokens made with it', async () => {
    const parent = await make(bootstrap, { role: 'owner' });
    const child = await make(parent.call, { role: 'auditor', reason: 'for reports' });
    expect(child.answer.status).toBe(201);
    const late = new Date(world.clock.now().getTime() + days(31)).toISOString();
    expect((await make(parent.call, { expires_at: late })).answer.status).toBe(422);
    const { url } = await world.another();
    const elsewhere = adminClient({ ...world, issuer: url, adminToken: child.token });
    expect((await elsewhere('GET', '/me')).status).toBe(200);
    expect((await bootstrap('DELETE', `/tokens/${parent.id}`)).status).toBe(204);
    expect((await elsewhere('GET', '/me')).status).toBe(401);
    expect((await parent.call('GET', '/me')).status).toBe(401);
    expect((await bootstrap('DELETE', `/tokens/${parent.id}`)).status).toBe(404);
    expect((await bootstrap('DELETE', '/tokens/bootstrap')).status).toBe(409);
  });

  it('is worth no more than the person who made it, now', async () => {
    const app = await createApp(world, { firstParty: true });
    const audience = `${world.issuer}/admin/v1`;
    await world.broker.issuance.apps.update(app.clientId, { apis: [audience] });
    const signedIn = await app.signIn({
      connection: 'google',
      user: 'ada',
      scope: 'openid admin',
      parameters: { audience },
    });
    const ada = signedIn.claims()?.sub ?? '';
    await world.broker.identities.setRoles(ada, ['owner']);
    const hers = adminClient({ ...world, adminToken: signedIn.access_token });
    const { call } = await make(hers, { role: 'owner' });
    expect((await call('GET', '/me')).body).toMatchObject({ role: 'owner' });
    await world.broker.identities.setRoles(ada, ['support']);
    expect((await call('GET', '/me')).body).toMatchObject({ role: 'support' });
    expect((await call('POST', '/apps', {})).status).toBe(403);
    await world.broker.identities.setRoles(ada, []);
    expect((await call('GET', '/me')).status).toBe(401);
  });
});
