import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { tokenPrefix } from '../../src/admin/people/tokens.ts';
import { openRowTags } from '../../src/assembly/row-tags.ts';
import { hashOf } from '../../src/kit/ids.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { visit } from '../account/visitor.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

// The attacker may read and write the database, and has no encryption key.

let world: World;
let victim: string;
let pool: World['database']['pool'];
const secret = 'an-attacker-knows-this-secret-0123456789abcd';

beforeAll(async () => {
  world = await createWorld();
  ({ pool } = world.database);
  victim = (await visit(world, { connection: 'google', user: 'ada' })).userId;
});

async function clientCredentials(id: string): Promise<Response> {
  const basic = Buffer.from(`${id}:${secret}`).toString('base64');
  return await fetch(`${world.issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
}

const serviceApp = () =>
  world.broker.issuance.apps.create({
    name: 'Service',
    type: 'service',
    connections: [{ connection: 'google', background: true }],
  });

describe('a row that another hand has written', () => {
  it('makes no app, and is reported with its table and id', async () => {
    const { app } = await serviceApp();
    await pool.query(
      `INSERT INTO app SELECT (jsonb_populate_record(a, jsonb_build_object('id', 'app_evil', 'secret_hash', $2::text))).*
       FROM app a WHERE id = $1`,
      [app.id, hashOf(secret)],
    );
    expect((await clientCredentials('app_evil')).status).toBe(401);
    const refused = async () =>
      await world.database.prisma.auditEvent.findMany({ where: { type: 'row.refused' } });
    await expect.poll(refused).toContainEqual(
      expect.objectContaining({
        detail: expect.objectContaining({ table: 'app', row: 'app_evil', reason: 'wrong_tag' }),
      }),
    );
  });

  it('gives an app no other secret', async () => {
    const { app } = await serviceApp();
    await pool.query('UPDATE app SET secret_hash = $2 WHERE id = $1', [app.id, hashOf(secret)]);
    expect((await clientCredentials(app.id)).status).toBe(401);
    expect(await world.broker.issuance.apps.get(app.id)).toBeUndefined();
  });

  it('gives an app no connection', async () => {
    const { app } = await world.broker.issuance.apps.create({ name: 'Poor', type: 'service' });
    await pool.query(
      `INSERT INTO app_connection (app_id, connection_id, scopes, background)
       SELECT $1, id, '{}', true FROM connection WHERE alias = 'google'`,
      [app.id],
    );
    expect((await world.broker.issuance.apps.policyOf(app.id)).size).toBe(0);
  });

  it('is no access token, and no refresh token', async () => {
    const app = await createApp(world);
    const tokens = await app.signIn({ connection: 'google', user: 'ada', scope: 'openid offline_access' });
    expect(tokens.refresh_token).toBeDefined();
    const forged = `UPDATE artifact SET id_hash = $1 WHERE kind = 'RefreshToken' AND id_hash = $2`;
    const moved = await pool.query(forged, [hashOf(secret), hashOf(tokens.refresh_token ?? '')]);
    expect(moved.rowCount).toBe(1);
    const basic = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    const answer = await fetch(`${world.issuer}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: secret }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('links no account of the attacker to a person', async () => {
    const mallory = await visit(world, { connection: 'facebook', user: 'sam' });
    await pool.query('UPDATE identity SET user_id = $1 WHERE user_id = $2', [victim, mallory.userId]);
    await expect(visit(world, { connection: 'facebook', user: 'sam' })).rejects.toThrow('did not sign in');
    const linked = await world.broker.identities.ofUser(victim);
    expect(linked.map(({ userId }) => userId)).toEqual([victim]);
  });

  it('moves no browser session to another person', async () => {
    const mallory = await visit(world, { connection: 'wechat', user: 'lin' });
    const { rowCount } = await pool.query(
      `UPDATE browser_session SET sess = jsonb_set(sess::jsonb, '{userId}', to_jsonb($1::text))::json
       WHERE sess->>'userId' = $2`,
      [victim, mallory.userId],
    );
    expect(rowCount).toBeGreaterThan(0);
    const page = await mallory.open('/account');
    expect(page.forms[0]?.action).toBe('/account/login');
  });

  it('gives no role', async () => {
    const { userId } = await visit(world, { connection: 'github', user: 'visitor-7' });
    await pool.query(`UPDATE "user" SET roles = '{owner}' WHERE id = $1`, [userId]);
    expect(await world.broker.identities.findUser(userId)).toBeUndefined();
    expect(await world.broker.identities.findPerson(userId)).toBeUndefined();
  });

  it('is no admin token', async () => {
    await pool.query(
      `INSERT INTO admin_token (id, secret_hash, name, role, made_by, expires_at)
       VALUES ('adt_evil', $1, 'evil', 'owner', 'bootstrap', now() + interval '1 day')`,
      [hashOf(`${tokenPrefix}${secret}`)],
    );
    const headers = { authorization: `Bearer ${tokenPrefix}${secret}` };
    expect((await fetch(`${world.issuer}/admin/v1/users`, { headers })).status).toBe(401);
  });

  it('gives no consent', async () => {
    const { app } = await world.broker.issuance.apps.create({
      name: 'Nosy',
      type: 'web',
      redirectUris: ['https://app.example/callback'],
    });
    await pool.query(`INSERT INTO consent (user_id, app_id, scopes) VALUES ($1, $2, $3)`, [
      victim,
      app.id,
      { oidc: ['openid'], resources: {} },
    ]);
    expect(await world.broker.issuance.consents(victim)).not.toContainEqual(
      expect.objectContaining({ clientId: app.id }),
    );
  });

  it('sends no sign-in to another address', async () => {
    await pool.query(
      `UPDATE connection SET endpoints = jsonb_set(endpoints, '{token}', '"https://evil.example/token"')
       WHERE alias = 'gitlab'`,
    );
    expect(await world.broker.connections.findNow('gitlab')).toBeUndefined();
    await world.adopt();
    expect(await world.broker.connections.findNow('gitlab')).toBeDefined();
  });
});

describe('the key of the tags', () => {
  it('that is deleted stops the start, and no row is adopted', async () => {
    const [row] = (await pool.query('DELETE FROM row_tag_key RETURNING *')).rows;
    const keyring = createKeyring([{ id: 'other', key: randomBytes(32) }]);
    await expect(openRowTags({ database: world.database, keyring })).rejects.toThrow('symbolon rows adopt');
    expect((await pool.query('SELECT 1 FROM row_tag_key')).rowCount).toBe(0);
    await pool.query('INSERT INTO row_tag_key (id, sealed, created_at) VALUES ($1, $2, $3)', [
      row.id,
      row.sealed,
      row.created_at,
    ]);
  });
});
