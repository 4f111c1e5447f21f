import { beforeAll, describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import type { TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminApp, adminPerson } from './admin-person.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let app: TestApp;
let bootstrap: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  app = await adminApp(world);
  bootstrap = adminClient(world);
});

const reason = 'to see whether it works';

describe('a role', () => {
  it('is not raised by its holder, whatever the path', async () => {
    const owner = await adminPerson(world, app, { user: 'ada', role: 'owner' });
    for (const role of ['operator', 'support', 'auditor']) {
      const { call, userId } = await adminPerson(world, app, { user: 'lin', role });
      const expires_at = new Date(world.clock.now().getTime() + days(1)).toISOString();
      const tries = [
        await call('PATCH', `/users/${userId}`, { roles: ['admin'], reason }),
        await call('PATCH', `/admins/${userId}`, { role: 'owner', reason }),
        await call('POST', '/admins', { user: userId, role: 'owner', reason }),
        await call('POST', '/admins/invitations', { role: 'owner', reason }),
        await call('POST', '/tokens', { name: 'x', role: 'owner', expires_at, reason }),
        // An owner who is locked out, or whose account becomes another's, is a way up too.
        await call('PATCH', `/users/${owner.userId}`, { disabled: true }),
        await call('DELETE', `/users/${owner.userId}`),
        await call('POST', `/users/${userId}/merge`, { from: owner.userId }),
        await call('DELETE', `/admins/${owner.userId}`, undefined, { 'symbolon-reason': reason }),
      ];
      expect(tries.map(({ status }) => status)).toEqual(tries.map(() => 403));
      expect((await bootstrap('GET', `/users/${userId}`)).body).toMatchObject({ roles: [role] });
    }
  });

  it('is capped by the scope of the token, and the answer names the scope that would do', async () => {
    const { call } = await adminPerson(world, app, { user: 'ada', role: 'owner', scope: 'admin:read' });
    expect((await call('GET', '/me')).body).toMatchObject({ role: 'auditor', masked: true });
    const refused = await call('POST', '/apis', { identifier: 'https://x.example', name: 'x' });
    expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
    expect(refused.headers.get('www-authenticate')).toContain('scope="admin:operate"');
  });

  it('of owner stays with one person, also when two owners remove each other at two processes', async () => {
    const { url } = await world.another();
    const ada = await adminPerson(world, app, { user: 'ada', role: 'owner' });
    const sam = await adminPerson(world, app, { user: 'sam', role: 'owner', issuer: url });
    const header = { 'symbolon-reason': reason };
    const answers = await Promise.all([
      ada.call('DELETE', `/admins/${sam.userId}`, undefined, header),
      sam.call('DELETE', `/admins/${ada.userId}`, undefined, header),
    ]);
    // The second is refused as the last owner's removal, or since its caller has no role any more.
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(204);
    expect([403, 409]).toContain(statuses[1]);
    const left = itemsOf(await bootstrap('GET', '/admins')).filter(({ role }) => role === 'owner');
    expect(left).toHaveLength(1);
    const last = left[0]?.user === ada.userId ? ada : sam;
    for (const answer of [
      await last.call('DELETE', `/admins/${last.userId}`, undefined, header),
      await last.call('PATCH', `/admins/${last.userId}`, { role: 'auditor', reason }),
      await last.call('PATCH', `/users/${last.userId}`, { disabled: true }),
      await last.call('DELETE', `/users/${last.userId}`, undefined, header),
      await bootstrap('DELETE', `/admins/${last.userId}`),
      await bootstrap('DELETE', `/users/${last.userId}`),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
    }
  });
});

describe('an auditor', () => {
  it('sees e-mail and subject masked, also by searching, and revealing them is an event', async () => {
    const { call } = await adminPerson(world, app, { user: 'lin', role: 'auditor' });
    const { userId } = await adminPerson(world, app, { user: 'ada', role: 'support' });
    const [identity] = await world.broker.identities.ofUser(userId);
    const path = `/users/${userId}/identities`;
    const masked = await call('GET', path);
    expect(itemsOf(masked)).toHaveLength(1);
    for (const known of [identity?.subject, identity?.email, identity?.picture]) {
      if (known) expect(masked.text).not.toContain(known);
    }
    expect(itemsOf(await call('GET', `/users?q=${identity?.subject}`))).toHaveLength(0);
    expect(itemsOf(await call('GET', `/users?q=${encodeURIComponent(identity?.email ?? '')}`))).toHaveLength(
      0,
    );
    expect((await call('GET', `${path}?reveal=true`)).text).toContain(String(identity?.subject));
    const [event] = itemsOf(await bootstrap('GET', `/events?type=person.revealed&user=${userId}`));
    expect(event).toMatchObject({ actor: { kind: 'person' }, user: userId });
  });
});

describe('support', () => {
  it('sees names of the configuration, and the events of a person only', async () => {
    const { call, userId } = await adminPerson(world, app, { user: 'lin', role: 'support' });
    const listed = itemsOf(await call('GET', '/connections?limit=1'));
    expect(Object.keys(listed[0] ?? {}).sort()).toEqual(
      ['alias', 'enabled', 'for', 'id', 'name', 'provider'].filter((name) => name !== 'name'),
    );
    expect((await call('GET', '/connections/google')).text).not.toContain('client_id');
    expect((await call('GET', '/events')).status).toBe(403);
    expect((await call('GET', `/events?user=${userId}`)).status).toBe(200);
    expect((await call('GET', '/tokens')).status).toBe(403);
  });
});
