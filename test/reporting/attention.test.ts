import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/kit/ids.ts';
import { createRig, type Recorded, type Rig } from './rig.ts';

// Each kind of trouble, and the state just below it.

let rig: Rig;
const minute = 60_000;
const day = 1_440 * minute;

beforeAll(async () => {
  rig = await createRig();
});

beforeEach(async () => {
  for (const table of ['audit_event', 'usage_hour', 'usage_day', 'grant_census', 'webhook_endpoint'])
    await rig.pool.query(`DELETE FROM ${table}`);
  await rig.rollUp();
});

const found = async (kind: string) => (await rig.reporting.attention()).filter((one) => one.kind === kind);
const many = (count: number, event: Recorded) => Array.from({ length: count }, () => event);
const refused: Recorded = {
  type: 'connection.misconfigured',
  connection: 'work',
  detail: { failure: 'misconfigured' },
  age: 10 * minute,
};

describe('what needs an admin', () => {
  it('is nothing where all is well', async () => {
    expect(await rig.reporting.attention()).toEqual([]);
  });

  it('is a client that the provider refuses, until it has worked again', async () => {
    await rig.record(refused, { ...refused, age: 5 * minute });
    expect(await found('connection_misconfigured')).toMatchObject([
      { connection: 'work', n: 2, link: { path: '/connections/work', query: {} } },
    ]);
    await rig.record({ type: 'token.refreshed', connection: 'work' });
    expect(await found('connection_misconfigured')).toEqual([]);
  });

  it('is one refresh in ten that fails, of twenty in 15 minutes', async () => {
    const failed: Recorded = { type: 'token.refresh_failed', connection: 'work', age: minute };
    await rig.record(...many(17, { type: 'token.refreshed', connection: 'work' }), ...many(2, failed));
    expect(await found('refresh_failing')).toEqual([]);
    await rig.record({ type: 'token.refreshed', connection: 'work' });
    expect(await found('refresh_failing')).toMatchObject([
      { connection: 'work', n: 2, of: 20, link: { path: '/events', query: { connection: 'work' } } },
    ]);
  });

  it('is a grant that was lost, by its reason', async () => {
    const lost = { type: 'token.reauthorization_required', connection: 'work' } as const;
    await rig.record(
      { ...lost, detail: { reason: 'rotation_lost' } },
      { ...lost, detail: { reason: 'revoked_by_user' } },
      { ...lost, detail: { reason: 'reuse_detected' }, age: 2 * day },
    );
    await rig.rollUp();
    expect(await found('grants_lost')).toMatchObject([
      {
        connection: 'work',
        about: 'rotation_lost',
        n: 1,
        link: { path: '/identities', query: { state: 'reauthorization_required', reason: 'rotation_lost' } },
      },
    ]);
  });

  it('is more than 1 % of the grants of a connection that have died for one reason', async () => {
    const ended = { type: 'token.reauthorization_required', connection: 'work' } as const;
    await rig.record(...many(6, { ...ended, detail: { reason: 'password_changed' } }));
    await rig.rollUp();
    const census = (n: number) =>
      rig.pool.query(
        `INSERT INTO grant_census VALUES (date_trunc('hour', now(), 'UTC'), $1, 'active', '', $2)
         ON CONFLICT (at, connection_id, state, reason) DO UPDATE SET n = excluded.n`,
        [rig.connectionId, n],
      );
    await census(600);
    expect(await found('grants_ended')).toEqual([]);
    await census(500);
    expect(await found('grants_ended')).toMatchObject([
      { connection: 'work', about: 'password_changed', n: 6, of: 500 },
    ]);
  });

  it('is an upstream revocation that gave up', async () => {
    await rig.pool.query(
      `INSERT INTO departure (id, identity_id, user_id, connection_id, connection, provider, version, state, next_at, created_at)
       VALUES ('dep_1', 'idn_1', 'usr_1', 'con_1', 'work', 'github', 1, 'gave_up', now(), now())`,
    );
    expect(await found('revocations_gave_up')).toMatchObject([
      {
        connection: 'work',
        n: 1,
        link: { path: '/leaving', query: { state: 'gave_up', connection: 'work' } },
      },
    ]);
  });

  it('is a webhook that is paused', async () => {
    const id = newId('whk');
    await rig.pool.query(
      `INSERT INTO webhook_endpoint (id, url, events, secrets, failures, failing_since, paused_until)
       VALUES ($1, 'https://hooks.example/', '{}', '', 9, now(), now() + interval '1 hour')`,
      [id],
    );
    expect(await found('webhook_paused')).toMatchObject([
      { connection: null, about: id, n: 9, link: { path: `/webhooks/${id}` } },
    ]);
  });

  it('is a database that has lost its last changes, until the command has run', async () => {
    await rig.record({ type: 'database.rewound', age: minute });
    expect(await found('database_rewound')).toHaveLength(1);
    await rig.record({ type: 'database.restored' });
    expect(await found('database_rewound')).toEqual([]);
  });

  it('is a roll-up that is behind', async () => {
    await rig.pool.query(`UPDATE usage_cursor SET through = now() - interval '20 minutes'`);
    await rig.record({ type: 'app.changed', age: 10.5 * minute }, { type: 'app.changed', age: 30 * minute });
    expect(await found('counts_behind')).toMatchObject([{ n: 10 }]);
  });

  it('is no roll-up that has not begun, unless an event has waited for it', async () => {
    await rig.pool.query('UPDATE usage_cursor SET through = to_timestamp(0)');
    expect(await found('counts_behind')).toEqual([]);
    await rig.record({ type: 'app.changed' });
    expect(await found('counts_behind')).toEqual([]);
    await rig.record({ type: 'app.changed', age: 7.5 * minute });
    expect(await found('counts_behind')).toMatchObject([{ n: 7 }]);
  });

  it('is a signing key that was not rotated', async () => {
    await rig.pool.query(
      `INSERT INTO signing_key (id, alg, public_jwk, private_jwk, state, created_at)
       VALUES ('key_1', 'ES256', '{}', '', 'signing', now() - interval '100 days')`,
    );
    expect(await found('signing_key_old')).toMatchObject([{ about: 'key_1', link: { path: '/keys' } }]);
  });

  it('is a use of the token in the settings', async () => {
    await rig.pool.query(`INSERT INTO admin_bootstrap_use (id, at) VALUES (1, now())`);
    expect(await found('bootstrap_token_used')).toMatchObject([
      { link: { path: '/events', query: { actor: 'bootstrap' } } },
    ]);
  });
});
