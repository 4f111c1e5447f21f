import { beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin } from './client.ts';

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld({ providers: ['wecom', 'zoom', 'salesforce', 'line'] });
  call = adminClient(world);
  world.remember(secret);
});

const secret = 'webhook-secret-that-nobody-sees-again';

const connection = (alias: string, provider: string, more: object = {}) =>
  call('POST', '/connections', { alias, provider, client_id: 'id', client_secret: 'client-secret', ...more });

describe('options of a connection', () => {
  it('have the defaults of their connector until entered, and again after a reset', async () => {
    expect((await connection('line-1', 'line')).body.options).toEqual({});
    const entered = await call('PATCH', '/connections/line-1', { options: { id_token: 'ES256' } });
    expect(entered.body.options).toEqual({ id_token: 'ES256' });
    const registered = async () => (await world.broker.connections.findNow('line-1'))?.registration.options;
    expect(await registered()).toMatchObject({ id_token: 'ES256' });
    const back = await call('PATCH', '/connections/line-1', { options: { id_token: null } });
    expect(back.body.options).toEqual({});
    expect(await registered()).toMatchObject({ id_token: 'HS256' });
  });

  it('are refused by name if unknown, malformed or missing, and nothing is stored', async () => {
    for (const [options, words] of [
      [{ nonsense: 'x' }, 'nonsense'],
      [{ id_token: 'none' }, 'HS256, ES256'],
      [{ id_token: '' }, 'id_token'],
      [{ __proto__x: { a: 1 } }, '__proto__x'],
    ] as const) {
      const answer = await connection('line-2', 'line', { options });
      expect(answer.status, words).toBe(422);
      expect(answer.text).toContain(words);
    }
    const needed = await connection('wecom-2', 'wecom');
    expect(needed).toMatchObject({ status: 422 });
    expect(needed.text).toContain('agent_id');
    expect((await call('GET', '/connections/line-2')).status).toBe(404);
  });

  it('may add parameters to the authorize request, but none that the broker sets itself', async () => {
    const path = '/connections/line-3';
    expect((await connection('line-3', 'line')).status).toBe(201);
    const entering = (authorize_parameters: string) =>
      call('PATCH', path, { options: { authorize_parameters } });
    for (const name of [
      'client_id',
      'Redirect_URI',
      'state',
      'scope[]',
      'request',
      'request_uri',
      'code.challenge',
    ]) {
      const { status, body } = await entering(`disable_ios_auto_login=true&${encodeURIComponent(name)}=x`);
      expect([status, body.detail], name).toEqual([
        422,
        `Option authorize_parameters names ${name}, which the broker sets itself: take it out.`,
      ]);
    }
    expect(await entering('no equals sign')).toMatchObject({ status: 422 });
    expect((await call('GET', path)).body.options).toEqual({});
    expect((await entering('disable_ios_auto_login=true')).status).toBe(200);
    // One that this provider’s connector always sends.
    const refused = await connection('wecom-3', 'wecom', {
      options: { agent_id: '1000002', authorize_parameters: 'login_type=ServiceApp' },
    });
    expect([refused.status, refused.body.detail]).toEqual([422, expect.stringContaining('login_type')]);
  });

  it('are sealed and named but never shown if secret', async () => {
    const made = await connection('zoom-1', 'zoom', { options: { webhook_secret: secret } });
    expect(made).toMatchObject({ status: 201, body: { options: {}, secret_options: ['webhook_secret'] } });
    for (const path of ['/connections', '/connections/zoom-1', '/events'])
      expect((await call('GET', path)).text).not.toContain(secret);
    const { rows } = await world.database.pool.query<{ sealed: Buffer }>(
      `SELECT option_secrets AS sealed FROM connection WHERE alias = 'zoom-1'`,
    );
    expect(rows[0]?.sealed.includes(secret)).toBe(false);
    const found = await world.broker.connections.findNow('zoom-1');
    expect(found?.registration.secrets.webhook_secret?.equals(secret)).toBe(true);
    await call('PATCH', '/connections/zoom-1', { enabled: false });
    expect((await call('GET', '/connections/zoom-1')).body.secret_options).toEqual(['webhook_secret']);
    await call('PATCH', '/connections/zoom-1', { options: { webhook_secret: null } });
    expect((await call('GET', '/connections/zoom-1')).body.secret_options).toEqual([]);
  });

  it('require the client secret again if they change a destination, so that a stored one is not sent there', async () => {
    await connection('salesforce-1', 'salesforce');
    const moved = { options: { domain: 'attacker.my.salesforce.com' } };
    expect(await call('PATCH', '/connections/salesforce-1', moved)).toMatchObject({ status: 422 });
    const another = { ...moved, client_secret: 'entered-again', reason: 'a custom domain' };
    expect(await call('PATCH', '/connections/salesforce-1', another)).toMatchObject({ status: 422 });
    const again = { ...another, client_secret: 'client-secret' };
    expect((await call('PATCH', '/connections/salesforce-1', again)).status).toBe(200);
    const found = await world.broker.connections.findNow('salesforce-1');
    expect(found?.registration.endpoints.token).toContain('attacker.my.salesforce.com');
  });
});
