import { beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { type AdminPerson, adminApp, adminPerson } from './admin-person.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let app: TestApp;
let bootstrap: CallAdmin;
let owner: AdminPerson;
let operator: AdminPerson;

const reason = 'to see whether it works';
const header = { 'symbolon-reason': reason };

beforeAll(async () => {
  world = await createWorld();
  app = await adminApp(world);
  bootstrap = adminClient(world);
  owner = await adminPerson(world, app, { user: 'ada', role: 'owner' });
  operator = await adminPerson(world, app, { user: 'sam', role: 'operator' });
});

async function made(body: Record<string, unknown>): Promise<string> {
  return String((await bootstrap('POST', '/apps', body)).body.client_id);
}

describe('support', () => {
  it('does not let a person with a role back in, nor touch the accounts of one', async () => {
    const support = await adminPerson(world, app, { user: 'lin', role: 'support' });
    await adminPerson(world, app, { user: 'visitor-3', role: 'owner' });
    const [{ id } = { id: '' }] = await world.broker.identities.ofUser(owner.userId);
    const of = `/users/${owner.userId}/identities/${id}`;
    expect((await support.call('POST', `${of}/revoke`)).status).toBe(403);
    expect((await support.call('POST', `${of}/refresh`)).status).toBe(403);
    expect((await bootstrap('PATCH', `/users/${owner.userId}`, { disabled: true })).status).toBe(200);
    expect((await support.call('PATCH', `/users/${owner.userId}`, { disabled: false })).status).toBe(403);
    expect((await operator.call('PATCH', `/users/${owner.userId}`, { disabled: false })).status).toBe(403);
    expect((await bootstrap('PATCH', `/users/${owner.userId}`, { disabled: false })).status).toBe(200);
    owner = await adminPerson(world, app, { user: 'ada', role: 'owner' });
  });
});

describe('a person with a role', () => {
  it('is deleted or merged for a stated reason, since the role goes too', async () => {
    const { userId } = await adminPerson(world, app, { user: 'visitor-4', role: 'auditor' });
    const merge = `/users/${owner.userId}/merge`;
    expect((await owner.call('POST', merge, { from: userId })).status).toBe(422);
    expect((await owner.call('DELETE', `/users/${userId}`)).status).toBe(422);
    expect((await owner.call('DELETE', `/users/${userId}`, undefined, header)).status).toBe(204);
    const [event] = itemsOf(await bootstrap('GET', `/events?type=user.deleted&user=${userId}`));
    expect(event).toMatchObject({ actor: { id: owner.userId }, detail: { reason } });
  });
});

describe('an app with background access', () => {
  it('gets a new secret, other keys, handout or its use again for a stated reason only', async () => {
    const line = { connection: 'github', background: true, handout: false };
    const id = await made({ name: 'Nightly', type: 'service', connections: [line] });
    expect((await operator.call('POST', `/apps/${id}/secret`)).status).toBe(422);
    expect((await operator.call('POST', `/apps/${id}/secret`, undefined, header)).status).toBe(200);
    const [event] = itemsOf(await bootstrap('GET', `/events?type=app.secret_rotated&app=${id}`));
    expect(event).toMatchObject({ actor: { id: operator.userId }, detail: { reason } });
    const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ]);
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'mine' };
    const { kty, crv, x, y, kid } = jwk;
    const jwks = { keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }] };
    expect((await operator.call('PATCH', `/apps/${id}`, { jwks })).body).toMatchObject({
      errors: [{ path: 'reason' }],
    });
    const handout = { connections: [{ ...line, handout: true }] };
    expect((await operator.call('PATCH', `/apps/${id}`, handout)).status).toBe(422);
    expect((await operator.call('PATCH', `/apps/${id}`, { enabled: false })).status).toBe(200);
    expect((await operator.call('PATCH', `/apps/${id}`, { enabled: true })).status).toBe(422);
    expect((await bootstrap('POST', `/apps/${id}/secret`)).status).toBe(200);
  });
});

describe('an app that gets tokens of the admin API', () => {
  it('is made and changed by owners only, and for a stated reason', async () => {
    const adminApi = `${world.issuer}/admin/v1`;
    const about = {
      name: 'Tool',
      type: 'web',
      redirect_uris: ['https://tool.example/cb'],
      first_party: true,
    };
    const wanted = { ...about, apis: [adminApi] };
    expect((await operator.call('POST', '/apps', { ...wanted, reason })).status).toBe(403);
    expect((await owner.call('POST', '/apps', wanted)).status).toBe(422);
    expect((await owner.call('POST', '/apps', { ...wanted, reason })).status).toBe(201);
    const id = await made(wanted);
    const moved = { redirect_uris: ['https://evil.example/cb'] };
    expect((await operator.call('PATCH', `/apps/${id}`, { ...moved, reason })).status).toBe(403);
    expect((await operator.call('POST', `/apps/${id}/secret`, undefined, header)).status).toBe(403);
    expect((await owner.call('PATCH', `/apps/${id}`, moved)).status).toBe(422);
    const plain = await made(about);
    expect((await operator.call('PATCH', `/apps/${plain}`, { apis: [adminApi], reason })).status).toBe(403);
    expect((await operator.call('PATCH', `/apps/${plain}`, moved)).status).toBe(200);
  });
});

describe('the admin API itself', () => {
  it('is changed by owners only, as its scopes and lifetimes decide who administers', async () => {
    const all = itemsOf(await bootstrap('GET', '/apis'));
    const path = `/apis/${all.find(({ identifier }) => identifier === `${world.issuer}/admin/v1`)?.id}`;
    expect((await operator.call('PATCH', path, { access_token_lifetime: 86_400 })).status).toBe(403);
    expect((await operator.call('POST', `${path}/secret`)).status).toBe(403);
    expect((await operator.call('DELETE', path)).status).toBe(403);
    expect((await owner.call('PATCH', path, { name: 'The admin API' })).status).toBe(200);
  });
});
