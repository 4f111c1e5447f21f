import { beforeAll, expect, it } from 'vitest';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { createGaugeStore } from '../../src/vault/gauge-store.ts';
import { type Visitor, visit } from '../account/visitor.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

// A time that no answer can state, such as the end of a token that an import of an earlier version stored, is shown as
// the nearest one that can. It breaks no page, no answer and no retrieval.

let world: World;
let call: CallAdmin;
let visitor: Visitor;
let accessToken: string;
let user: string;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  const app = await createApp(world);
  visitor = await visit(world, { connection: 'google', user: 'lin' });
  const tokens = await app.signIn({ connection: 'google', user: 'lin' });
  accessToken = tokens.access_token;
  user = String(itemsOf(await call('GET', '/users'))[0]?.id);
});

const columns: Readonly<Record<string, readonly string[]>> = {
  vault_entry: [
    ...['access_expires_at', 'refresh_expires_at', 'absolute_cap_at', 'state_since', 'deposited_at'],
    ...['last_refreshed_at', 'last_used_at', 'last_error_at', 'refused_since', 'end_announced_at'],
  ],
  identity: ['linked_at', 'last_login_at'],
  '"user"': ['created_at', 'last_login_at'],
};
const odd = [
  ...['infinity', '-infinity', '0044-03-15 12:00:00+00 BC', '0001-01-01 00:00:00+00'],
  ...['9999-12-31 23:59:59.9999+00', '55840-11-08 22:13:20+00'],
];

it.each(odd)('%s', async (moment) => {
  const { pool } = world.database;
  for (const [table, names] of Object.entries(columns)) {
    const set = (value: string) => names.map((name) => `${name} = ${value}`).join(', ');
    await pool.query(`UPDATE ${table} SET ${set('$1')}`, [moment]);
    const views = ['/users', `/users/${user}`, `/users/${user}/identities`, `/users/${user}/same-person`];
    for (const view of views) {
      const answer = await call('GET', view);
      expect([table, view, answer.status, answer.text]).toEqual([table, view, 200, answer.text]);
    }
    const page = await visitor.open('/account');
    expect([table, page.status]).toEqual([table, 200]);
    for (const path of ['/v1/me', '/v1/me/identities', '/v1/me/identities/google/token']) {
      const { status, body } = await callApi(world.issuer, path, accessToken);
      expect([table, path, status, body]).toEqual([table, path, 200, body]);
    }
    await sweepAndMeasure();
    await pool.query(`UPDATE ${table} SET ${set('now()')}`);
    await pool.query('UPDATE vault_entry SET refresh_expires_at = NULL, absolute_cap_at = NULL');
  }
});

/** Runs the statements that look at the times of all entries. One odd entry must not stop them for the others. */
async function sweepAndMeasure(): Promise<void> {
  const { pool } = world.database;
  const entries = createEntryStore(world.database);
  const connectionId = (await world.broker.connections.findNow('google'))?.id ?? '';
  const far = { lead: 3600, keepAlive: 86_400, usedWithin: 86_400, limit: 10 };
  await entries.findDue({ connectionId, ...far, left: { ids: [], changedAt: new Date(0) } });
  await entries.announceEnds(connectionId, 86_400, 10);
  await createGaugeStore(pool).entries('', 100);
}
