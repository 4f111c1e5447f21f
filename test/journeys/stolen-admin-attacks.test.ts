import { beforeAll, describe, expect, it } from 'vitest';
import { tokenPrefix } from '../../src/admin/people/tokens.ts';
import { days } from '../../src/kit/clock.ts';
import { hashOf } from '../../src/kit/ids.ts';
import { visit } from '../account/visitor.ts';
import { type AdminPerson, adminApp, adminPerson } from '../admin/admin-person.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { invite } from '../console/invite.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

// The attacker may read and write the database, has no encryption key, and may hold a weak role of the broker.

let world: World;
let ada: AdminPerson;
let sam: AdminPerson;
let pool: World['database']['pool'];

beforeAll(async () => {
  world = await createWorld({ adminApprovals: true });
  ({ pool } = world.database);
  const app = await adminApp(world);
  ada = await adminPerson(world, app, { user: 'ada', role: 'owner' });
  sam = await adminPerson(world, app, { user: 'sam', role: 'owner' });
});

const newToken = (role: string) => ({
  name: 'deploys',
  role,
  expires_at: new Date(world.clock.now().getTime() + days(1)).toISOString(),
  reason: 'for deploys',
});

async function held(): Promise<string> {
  const { body } = await ada.call('POST', '/tokens', newToken('auditor'));
  return String((body.approval as { id: string }).id);
}

describe('an admin token that another hand changed', () => {
  it('is refused when it was inserted, when its role was raised, and when its end was moved', async () => {
    const secret = `${tokenPrefix}${'a'.repeat(43)}`;
    world.remember(secret);
    const insert = `INSERT INTO admin_token (id, secret_hash, name, role, made_by, expires_at)
      VALUES ('adt_evil', $1, 'evil', 'owner', 'bootstrap', now() + interval '1 day')`;
    await pool.query(insert, [hashOf(secret)]);
    expect((await adminClient({ ...world, adminToken: secret })('GET', '/me')).status).toBe(401);

    for (const change of [`role = 'owner'`, `expires_at = expires_at + interval '1 day'`]) {
      const id = await held();
      await sam.call('POST', `/approvals/${id}/approve`);
      const { answer } = (await ada.call('POST', `/approvals/${id}/collect`)).body as {
        answer: { id: string; token: string };
      };
      world.remember(answer.token);
      const auditor = adminClient({ ...world, adminToken: answer.token });
      expect((await auditor('GET', '/me')).status).toBe(200);
      await pool.query(`UPDATE admin_token SET ${change} WHERE id = $1`, [answer.id]);
      expect((await auditor('GET', '/me')).status).toBe(401);
    }
  });
});

describe('a change that waits for approval, which another hand changed', () => {
  it.each([
    ['the author, who then approves the own change', `principal = 'usr_other', actor_id = 'usr_other'`],
    ['the operation', `operation = 'POST /admins/invitations'`],
    ['the person in the path', `params = '{"user":"usr_other"}'`],
    ['the end', `expires_at = expires_at + interval '1 day'`],
    ['the state', `state = 'approved'`],
  ])('is gone: %s', async (_name, change) => {
    const id = await held();
    await pool.query(`UPDATE admin_approval SET ${change} WHERE id = $1`, [id]);
    expect((await ada.call('POST', `/approvals/${id}/approve`)).status).toBe(404);
    expect((await sam.call('POST', `/approvals/${id}/approve`)).status).toBe(404);
    expect((await ada.call('POST', `/approvals/${id}/collect`)).status).toBe(404);
    expect(itemsOf(await sam.call('GET', '/approvals')).map((one) => one.id)).not.toContain(id);
  });

  it('is not made after it was refused, though its state and input are put back', async () => {
    const id = await held();
    const before = await pool.query('SELECT request FROM admin_approval WHERE id = $1', [id]);
    await sam.call('POST', `/approvals/${id}/refuse`);
    await pool.query(`UPDATE admin_approval SET state = 'pending', request = $2 WHERE id = $1`, [
      id,
      before.rows[0].request,
    ]);
    expect((await sam.call('POST', `/approvals/${id}/approve`)).status).toBe(404);
  });

  it('counts as failed once its input is gone', async () => {
    const id = await held();
    await pool.query('UPDATE admin_approval SET request = NULL WHERE id = $1', [id]);
    expect((await sam.call('POST', `/approvals/${id}/approve`)).status).toBe(409);
    expect((await sam.call('GET', `/approvals/${id}`)).body).toMatchObject({
      state: 'failed',
      failure: 'key_lost',
    });
  });
});

describe('an invitation that another hand changed', () => {
  it.each([
    ['its role', `role = 'owner'`],
    ['its end', `expires_at = expires_at + interval '1 day'`],
    ['the person who invited', `invited_by = 'bootstrap'`],
    ['the connection of its setup', `connection_id = (SELECT id FROM connection LIMIT 1)`],
  ])('does not work: %s', async (_name, change) => {
    const url = await invite(world, 'auditor');
    expect((await createBrowser().open(url)).status).toBe(200);
    const { rowCount } = await pool.query(`UPDATE admin_invitation SET ${change} WHERE handle_hash = $1`, [
      hashOf(url.split('/').at(-1) ?? ''),
    ]);
    expect(rowCount).toBe(1);
    expect((await createBrowser().open(url)).status).toBe(404);
  });

  it('is not open again after it was used', async () => {
    const url = await invite(world, 'auditor');
    const lin = await visit(world, { connection: 'google', user: 'lin' });
    const joined = await lin.press(await lin.open(url), '/console/join');
    expect(joined.text).toContain('auditor');
    expect((await createBrowser().open(url)).status).toBe(404);
    const hash = hashOf(url.split('/').at(-1) ?? '');
    const reset = 'UPDATE admin_invitation SET used_at = NULL, used_by = NULL WHERE handle_hash = $1';
    expect((await pool.query(reset, [hash])).rowCount).toBe(1);
    expect((await createBrowser().open(url)).status).toBe(404);
  });
});
