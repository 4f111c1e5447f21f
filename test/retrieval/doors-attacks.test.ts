import { beforeAll, describe, expect, it, vi } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { type CheckName, checkNames, doorNames, has } from '../security/doors.ts';
import { holdBack } from '../support/hold-back.ts';
import { createWorld, type World } from '../support/world.ts';
import {
  apiLine,
  apiTokenOf,
  createDoorApi,
  createDoorApp,
  createStage,
  type Outcome,
  outcomes,
  ownTokens,
  policyLine,
  post,
  type Stage,
  signIn,
} from './doors.ts';

// Every door to a provider's token, with every check that may close it (test/security/doors.ts).

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

const update = ({ app }: Stage, changes: Parameters<World['broker']['issuance']['apps']['update']>[1]) =>
  world.broker.issuance.apps.update(app.clientId, changes);
const updateApi = ({ api }: Stage, connections: readonly { connection: string }[]) =>
  world.broker.issuance.apis.update(api.clientId, { connections: [...connections] });
async function changeLine(stage: Stage, change: Readonly<Record<string, unknown>>): Promise<void> {
  await update(stage, { connections: [{ connection: stage.alias, ...policyLine, ...change }] });
  const { background: _, ...ofApi } = change;
  await updateApi(stage, [{ ...apiLine(stage.alias), ...ofApi }]);
}
async function dropLines(stage: Stage): Promise<void> {
  await update(stage, { connections: [{ connection: 'github' }] });
  await updateApi(stage, [{ connection: 'github' }]);
}
async function disable(userId: string): Promise<void> {
  const response = await fetch(`${world.issuer}/admin/v1/users/${userId}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${world.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ disabled: true }),
  });
  expect(response.status).toBe(200);
}
const userOf = ({ alias }: Stage) => alias.replace('door', 'visitor');

/** What makes a check fail. A returned stage has other tokens. */
const failures: Readonly<Record<Exclude<CheckName, 'afterWait'>, (stage: Stage) => Promise<unknown>>> = {
  userDisabled: ({ userId }) => disable(userId),
  userErased: ({ userId }) => world.broker.removals.eraseUser(userId),
  appDisabled: (stage) => update(stage, { enabled: false }),
  appRemoved: ({ app }) => world.broker.issuance.apps.remove(app.clientId),
  connectionDisabled: ({ alias }) => world.broker.connections.change(alias, { enabled: false }),
  connectionRemoved: ({ alias }) => world.broker.removals.removeConnection(alias),
  unlinked: ({ userId, identityId }) => world.broker.removals.unlink({ userId, identityId }),
  consent: ({ userId, app, alias }) =>
    world.broker.issuance.withdrawConsent(userId, app.clientId, `idp:${alias}`),
  async scope(stage) {
    const { alias, api } = stage;
    const app = await createDoorApp(world, alias, api);
    const user = userOf(stage);
    const tokens = await signIn(app, alias, user, { scope: 'openid offline_access' });
    const apiToken = await apiTokenOf(app, alias, { api, user, scope: 'openid' });
    const scopes = { own: 'idp:github', manager: 'read:users' };
    return {
      ...stage,
      app,
      sender: app,
      ...tokens,
      apiToken,
      ...(await ownTokens(world, app, alias, scopes)),
    };
  },
  policyLine: dropLines,
  proxyRules: (stage) => changeLine(stage, { proxy: [] }),
  handout: (stage) => changeLine(stage, { handout: false }),
  background: (stage) => changeLine(stage, { background: false }),
  async rate(stage) {
    await changeLine(stage, { rate: { requests: 1, seconds: 3600 } });
    const first = await outcomes(world, stage);
    // The app has a limit, and the API has one of its own.
    const opened = Object.keys(first).filter((door) => first[door] === 'open');
    expect(opened.map((door) => door.startsWith('api')).sort()).toEqual([false, true]);
  },
  async grant({ app, access, refresh, own, manager, apiToken }) {
    for (const token of [access, own, manager, refresh, apiToken])
      expect((await post(world, app, '/oauth/revoke', { token })).status).toBe(200);
  },
  async audience(stage) {
    const parameters = { audience: `${world.issuer}/me/` };
    const { access } = await signIn(stage.app, stage.alias, userOf(stage), {
      scope: 'openid read:me:connected_accounts',
      parameters,
    });
    return { ...stage, access, own: stage.manager, manager: stage.own, apiToken: stage.access };
  },
  otherApp: async (stage) => ({
    ...stage,
    sender: await createDoorApp(world, stage.alias),
    apiSender: await createDoorApi(world, stage.alias),
  }),
};

const all = (outcome: Outcome) => Object.fromEntries(doorNames.map((door) => [door, outcome]));
const expected = (check: CheckName) =>
  Object.fromEntries(doorNames.map((door) => [door, has(door, check) ? 'refused' : 'open']));

describe('at each door', () => {
  it('each check of the table is tried', () => {
    expect([...Object.keys(failures), 'afterWait'].sort()).toEqual([...checkNames].sort());
  });

  it.each(Object.entries(failures))('the check counts: %s', async (check, fail) => {
    const stage = await createStage(world);
    expect(await outcomes(world, stage)).toEqual(all('open'));
    expect(await outcomes(world, { ...stage, ...((await fail(stage)) as object) })).toEqual(
      expected(check as CheckName),
    );
  });

  it('the check counts: afterWait', async () => {
    const stage = await createStage(world);
    world.clock.advance(hours(2));
    const goOn = await holdBack(world.control, 'google', { on: 'refresh' });
    const fresh = vi.spyOn(world.broker.vault, 'freshToken');
    const asked = outcomes(world, stage);
    await vi.waitFor(() => expect(fresh).toHaveBeenCalledTimes(doorNames.length), { timeout: 5000 });
    fresh.mockRestore();
    await dropLines(stage);
    await goOn();
    expect(await asked).toEqual(all('refused'));
  });
});

describe('a refused retrieval', () => {
  const rowsOf = (appId: string | null, why: string, connection?: string) =>
    world.database.prisma.auditEvent.findMany({
      where: {
        type: 'token.refused',
        appId,
        ...(connection && { connection }),
        detail: { path: ['why'], equals: why },
      },
    });

  it('leaves a row at each door, with app, person, connection and actor', async () => {
    const stage = await createStage(world);
    await dropLines(stage);
    expect(await outcomes(world, stage)).toEqual(all('refused'));
    const { app, api, userId, alias } = stage;
    const actorId = expect.toBeOneOf([app.clientId, api.clientId]);
    const cause = { actorKind: 'app', actorId, address: expect.any(String) };
    await vi.waitFor(async () => {
      const rows = await rowsOf(app.clientId, 'connection_not_allowed', alias);
      expect(rows).toHaveLength(doorNames.length);
      for (const row of rows) expect(row).toMatchObject({ userId, connection: alias, ...cause });
    });
  });

  it('of an app without a secret, or for a person who does not exist, leaves a row too', async () => {
    const stage = await createStage(world);
    const { app } = await world.broker.issuance.apps.create({
      name: 'Phone',
      type: 'native',
      redirectUris: ['http://127.0.0.1/cb'],
    });
    const fields = { token: stage.access, connection: stage.alias };
    const phone = { ...stage.app, clientId: app.id, clientSecret: '' };
    await post(world, phone, `/realms/symbolon/broker/${stage.alias}/token`, fields);
    const authorization = `Bearer ${stage.manager}`;
    await fetch(`${world.issuer}/api/v2/users/unknown`, { headers: { authorization } });
    await expect.poll(() => rowsOf(app.id, 'unauthorized_client')).toHaveLength(1);
    await expect.poll(() => rowsOf(stage.app.clientId, 'not_found')).toHaveLength(1);
  });

  it('by an invalid token is anonymous', async () => {
    const stage = await createStage(world);
    const before = new Set((await rowsOf(null, 'invalid_token')).map(({ id }) => id));
    const { status } = await fetch(`${world.issuer}/v1/me/identities/${stage.alias}/token`, {
      headers: { authorization: `Bearer ${stage.access}x` },
    });
    expect(status).toBe(401);
    await vi.waitFor(async () => {
      const rows = (await rowsOf(null, 'invalid_token')).filter(({ id }) => !before.has(id));
      expect(rows).toContainEqual(
        expect.objectContaining({ userId: null, actorKind: 'anonymous', actorId: null }),
      );
    });
  });

  it('leaves twenty rows a minute per app and reason, and a count of the others', async () => {
    const stage = await createStage(world);
    await update(stage, { connections: [] });
    const path = `${world.issuer}/v1/me/identities/${stage.alias}/token`;
    const headers = { authorization: `Bearer ${stage.access}` };
    for (let times = 0; times < 24; times += 1) expect((await fetch(path, { headers })).status).toBe(403);
    world.clock.advance(60_000);
    expect((await fetch(path, { headers })).status).toBe(403);
    await vi.waitFor(async () => {
      const rows = await rowsOf(stage.app.clientId, 'connection_not_allowed');
      const counts = rows.flatMap(({ detail }) => (detail as { times?: number }).times ?? []);
      expect([rows.length, counts]).toEqual([22, [4]]);
    });
  });
});
