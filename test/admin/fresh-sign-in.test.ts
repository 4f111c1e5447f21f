import { describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { createApp } from '../support/app.ts';
import { createWorld } from '../support/world.ts';
import { adminApp, adminPerson } from './admin-person.ts';
import { adminClient, itemsOf } from './client.ts';

describe.each(['jwt', 'opaque'] as const)(
  'a change of roles by a person with a token of the form %s',
  (format) => {
    it('needs a sign-in of the last five minutes and a reason, and the event has both actor and reason', async () => {
      const world = await createWorld();
      const app = await createApp(world, { firstParty: true });
      const audience = `${world.issuer}/admin/v1`;
      await world.broker.issuance.apps.update(app.clientId, { apis: [audience], accessTokenFormat: format });
      const signIn = (user: string, scope = 'openid admin') =>
        app.signIn({ connection: 'google', user, scope, parameters: { audience } });
      const owner = await signIn('ada');
      const ada = owner.claims()?.sub ?? '';
      const sam = (await signIn('sam')).claims()?.sub ?? '';
      await world.broker.identities.setRoles(ada, ['admin']);
      const call = adminClient({ ...world, adminToken: owner.access_token });

      expect(await call('PATCH', `/users/${sam}`, { roles: ['admin'] })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'reason' }] },
      });
      const body = { roles: ['admin'], reason: 'joins the team' };
      expect((await call('PATCH', `/users/${sam}`, body)).status).toBe(200);
      expect(itemsOf(await call('GET', `/events?type=user.roles_changed&user=${sam}`))).toMatchObject([
        { actor: { kind: 'person', id: ada }, detail: { roles: ['admin'], reason: 'joins the team' } },
      ]);

      world.clock.advance(minutes(6));
      const late = await call('PATCH', `/users/${sam}`, { ...body, roles: [] });
      expect([late.status, late.body.code]).toEqual([401, 'insufficient_user_authentication']);
      expect(late.headers.get('www-authenticate')).toContain('max_age="300"');
      // Reading and all that is no danger go on.
      expect((await call('GET', `/users/${sam}`)).body).toMatchObject({ roles: ['admin'] });
    });
  },
);

describe('background access of an app', () => {
  it('is given by a person with a recent sign-in and a reason, and kept without', async () => {
    const world = await createWorld();
    const owner = await adminPerson(world, await adminApp(world), { user: 'ada', role: 'operator' });
    const service = {
      name: 'Nightly sync',
      type: 'service',
      connections: [{ connection: 'google', background: true }],
    };
    expect((await owner.call('POST', '/apps', service)).body).toMatchObject({ errors: [{ path: 'reason' }] });
    const made = await owner.call('POST', '/apps', { ...service, reason: 'nightly sync' });
    expect(made.status).toBe(201);
    world.remember(String(made.body.client_secret));
    const path = `/apps/${made.body.client_id}`;
    const [event] = itemsOf(await owner.call('GET', `/events?type=app.created&app=${made.body.client_id}`));
    expect(event).toMatchObject({
      actor: { kind: 'person', id: owner.userId },
      detail: { reason: 'nightly sync' },
    });

    world.clock.advance(minutes(6));
    expect((await owner.call('PATCH', path, { name: 'Sync', connections: service.connections })).status).toBe(
      200,
    );
    const wider = [...service.connections, { connection: 'github', background: true }];
    const late = await owner.call('PATCH', path, { connections: wider, reason: 'more' });
    expect(late.body.code).toBe('insufficient_user_authentication');
    // ADMIN_API_TOKEN needs neither, as before.
    expect((await adminClient(world)('PATCH', path, { connections: wider })).status).toBe(200);
  });
});
