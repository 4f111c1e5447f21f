import { randomBytes } from 'node:crypto';
import { refreshTokenGrant } from 'openid-client';
import { beforeAll, expect, it } from 'vitest';
import { openImports } from '../../src/assembly/open-imports.ts';
import type { OpenStore } from '../../src/assembly/open-store.ts';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import type { Imports } from '../../src/imports/imports.ts';
import { openExport } from '../../src/imports/read-records.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { fileOf, lines } from './import-world.ts';

let world: World;
let app: TestApp;
let imports: Imports;

beforeAll(async () => {
  const keys = [{ id: 'test', key: randomBytes(32) }];
  world = await createWorld({ keys });
  app = await createApp(world);
  const { database, clock, broker } = world;
  const store = { database, clock, keyring: createKeyring(keys), rowTags: await world.rowTags() };
  const log = createLog('warn', { write: () => undefined });
  imports = await openImports(store as unknown as OpenStore, broker, createEvents(database.pool, log));
});

it('a person whom an import disables has nothing that works any more', async () => {
  const tokens = await app.signIn({ connection: 'github', user: 'ada' });
  const userId = tokens.claims()?.sub ?? '';
  expect((await callApi(world.issuer, '/v1/me', tokens.access_token)).status).toBe(200);
  const [identity] = await world.broker.identities.ofUser(userId);
  const accounts = [{ providerId: 'github', accountId: identity?.subject }];
  const opened = await openExport(await fileOf(lines([{ id: 'u1', banned: true, accounts }])));
  const options = { from: 'better-auth', read: readBetterAuthUser, names: new Map(), scopes: new Map() };
  const nothing = () => undefined;
  for await (const tally of imports.run(opened.records(), {
    ...{ ...options, dry: false },
    ...{ onLeft: nothing, onUser: nothing },
  }))
    expect(tally.blocked).toEqual({ disabled: 1 });
  expect((await callApi(world.issuer, '/v1/me', tokens.access_token)).status).toBe(401);
  await expect(refreshTokenGrant(app.configuration, tokens.refresh_token ?? '')).rejects.toThrow();
  await expect(app.signIn({ connection: 'github', user: 'ada' })).rejects.toThrow();
});
