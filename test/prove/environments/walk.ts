import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Broker, createBroker } from '../../../src/assembly/broker.ts';
import { registerLab } from '../../../src/assembly/developer-mode.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { createDatabaseClock } from '../../../src/kit/database/database-clock.ts';
import { openDatabase } from '../../../src/kit/database/open-database.ts';
import { startJobs } from '../../../src/kit/jobs.ts';
import { createKeyring } from '../../../src/kit/keys/keyring.ts';
import { createLog } from '../../../src/kit/log.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { createLab } from '../../../src/lab/lab.ts';
import { createApp } from '../../support/app.ts';
import { linkSecond } from '../../support/second-account.ts';
import { freePort, type World } from '../../support/world.ts';
import { startReceiver } from '../../webhooks/receiver.ts';
import { runOnce } from './command.ts';

/** Walks from an empty database to the command line. @throws naming the first step that fails */
export async function walk(url: string): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const { database } = await openDatabase({ url, directUrl: undefined, poolSize: 10 });
  opened.defer(() => database.close());
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const lab = await createLab({ redirectOrigins: [issuer] }).listen(0);
  opened.defer(() => lab.close());
  const receiver = await startReceiver();
  const key = randomBytes(32);
  const adminToken = randomBytes(24).toString('base64url');
  const log = createLog('silent');
  const broker: Broker = await createBroker({
    issuer,
    trustedProxyHops: 0,
    allowLoopbackHosts: true,
    allowedPrivateHosts: ['localhost', '127.0.0.1', receiver.host],
    adminApiToken: new Secret(adminToken),
    spillDirectory: path.join(os.tmpdir(), `symbolon-environments-${port}`),
    database,
    keyring: createKeyring([{ id: 'walk', key }]),
    clock: await createDatabaseClock(database.pool, systemClock),
    log,
  });
  opened.defer(() => broker.close());
  const jobs = await startJobs({ pool: database.pool, log }, broker.jobs);
  opened.defer(() => jobs.stop());
  await broker.listen(port, '127.0.0.1');
  await registerLab(broker, lab);

  const call = async (method: string, target: string, token: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${issuer}${target}`, { method, headers, ...sent });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  };
  const is = (step: string, found: unknown, wanted: unknown) => {
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      throw new Error(`${step}: ${JSON.stringify(found)} in place of ${JSON.stringify(wanted)}`);
  };

  const hook = { url: receiver.url, events: ['user.created'] };
  is('webhook', (await call('POST', '/admin/v1/webhooks', adminToken, hook)).status, 201);
  const world = { issuer, broker, remember: () => undefined } as unknown as World;
  const app = await createApp(world, { connections: ['google', 'github'], firstParty: true });
  const identifier = 'https://opaque.example';
  await broker.issuance.apis.create({
    identifier,
    name: 'API',
    accessTokenFormat: 'opaque',
    scopes: [{ name: 'read' }],
  });
  await broker.issuance.apps.update(app.clientId, { apis: [identifier], introspects: [identifier] });

  const tokens = await app.signIn({ connection: 'google', user: 'lin' });
  const retrieved = await call('GET', '/v1/me/identities/google/token', tokens.access_token);
  is('retrieval', retrieved.status, 200);
  const forced = await call('GET', '/v1/me/identities/google/token?force=true', tokens.access_token);
  is(
    'forced refresh',
    [forced.status, forced.body.access_token === retrieved.body.access_token],
    [200, false],
  );

  const opaque = await app.signIn({
    connection: 'google',
    user: 'lin',
    scope: 'openid read',
    parameters: { audience: identifier },
  });
  const basic = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
  const introspect = async () => {
    const body = new URLSearchParams({ token: opaque.access_token });
    const headers = { authorization: `Basic ${basic}` };
    return (await (await fetch(`${issuer}/oauth/introspect`, { method: 'POST', headers, body })).json())
      .active;
  };
  is('opaque token', [opaque.access_token.includes('.'), await introspect()], [false, true]);

  const users = await call('GET', '/admin/v1/users', adminToken);
  is('list of users', [users.status, users.body.items?.length], [200, 1]);
  const events = await call('GET', '/admin/v1/events?limit=100', adminToken);
  is('list of events', [events.status, events.body.items?.length > 3], [200, true]);
  const [{ apart }] = (
    await database.pool.query(
      'SELECT max(abs(extract(epoch FROM now() - at)))::float8 AS apart FROM audit_event',
    )
  ).rows;
  is('dates of events', apart < 120, true);
  for (let tries = 0; tries < 300 && receiver.received.length < 1; tries += 1) await pause(20);
  is('webhooks', receiver.received.map(({ type }) => type).sort(), ['user.created']);

  const user = users.body.items[0].id;
  const [identity] = (await call('GET', `/admin/v1/users/${user}/identities`, adminToken)).body.items;
  const second = await linkSecond(world, user, 'github', '4711');
  const unlinked = await call(
    'DELETE',
    `/admin/v1/users/${user}/identities/${second.identityId}`,
    adminToken,
  );
  is('unlinking the second account', unlinked.status, 204);
  is(
    'revoke upstream',
    (await call('POST', `/admin/v1/users/${user}/identities/${identity.id}/revoke`, adminToken)).status,
    200,
  );
  const last = await call('DELETE', `/admin/v1/users/${user}/identities/${identity.id}`, adminToken);
  is('unlinking the last account', [last.status, last.body.code], [409, 'last_identity']);
  const own = await app.signIn({ connection: 'google', user: 'lin' });
  const revoked = await fetch(`${issuer}/oauth/revoke`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ token: own.access_token }),
  });
  const after = await call('GET', '/v1/me', own.access_token);
  is('revoking our own token', [revoked.status, after.status], [200, 401]);
  const disabled = (state: boolean) =>
    call('PATCH', `/admin/v1/users/${user}`, adminToken, { disabled: state });
  is('disable', [(await disabled(true)).status, await introspect()], [200, false]);
  is('a token of a disabled user', (await call('GET', '/v1/me', tokens.access_token)).status, 401);
  is('enable', (await disabled(false)).status, 200);
  const again = await app.signIn({ connection: 'google', user: 'lin' });
  is('sign-in after that', (await call('GET', '/v1/me', again.access_token)).status, 200);
  is('removal', (await call('DELETE', `/admin/v1/users/${user}`, adminToken)).status, 204);
  is('nothing is left', (await call('GET', '/admin/v1/users', adminToken)).body.items.length, 0);

  const settings = {
    DATABASE_URL: url,
    DATABASE_POOL: '5',
    ENCRYPTION_KEYS: `walk:${key.toString('base64')}`,
  };
  is('symbolon apps list', (await runOnce(['apps', 'list'], settings)).includes(app.clientId), true);
  const times = await runOnce(['times', 'check'], settings);
  is('symbolon times check', /no time was stored wrong|No time needs a correction/.test(times), true);
}
