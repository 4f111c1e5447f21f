import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readLogtoUser } from '../../src/imports/formats/logto.ts';
import { createImportWorld, fileOf, type ImportWorld } from './import-world.ts';

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['wechat-official-account'] });
  const { endpoints } = await world.connection('wechat');
  await world.connections.create({
    alias: 'wechat-account',
    provider: 'wechat-official-account',
    client_id: 'wx-account',
    client_secret: 'secret',
    endpoints,
    options: {},
    scopes: [],
    enabled: true,
    for: 'login',
  });
});
beforeEach(() => world.empty());

const wechat = (openid: string, unionid: string, more: object = {}) => ({
  userId: unionid,
  details: { id: unionid, name: '林小雨', avatar: 'https://a.example/l', rawData: { openid, unionid } },
  ...more,
});

const user = (id: string, identities: object, more: object = {}) => ({
  id,
  username: null,
  primaryEmail: `${id}@example.com`,
  name: 'Lin',
  avatar: null,
  customData: {},
  identities,
  ssoIdentities: [],
  lastSignInAt: 1_750_000_000_000,
  createdAt: 1_740_000_000_000,
  isSuspended: false,
  hasPassword: false,
  ...more,
});

async function take(...users: readonly object[]) {
  return await world.run(await fileOf(JSON.stringify(users)), readLogtoUser, {
    names: { sso_1: 'google' },
  });
}

it('users are imported with their accounts; encrypted tokens are skipped', async () => {
  const { tally, left, ids } = await take(
    user('u1', {
      github: { userId: '7', details: null, tokenSecret: { id: 's', type: 'federated_token_set' } },
    }),
    user('u2', { wechat: wechat('oLab-2', 'uLab-2') }, { isSuspended: true, hasPassword: true }),
    user(
      'u3',
      {},
      { ssoIdentities: [{ ssoConnectorId: 'sso_1', identityId: 'sub-3', detail: { name: 'G' } }] },
    ),
    user('u4', {}),
  );
  expect(tally).toMatchObject({ users: { new: 3, left: 1 }, identities: { new: 3 }, tokens: { new: 0 } });
  expect(left).toEqual([
    { user: 'u1', connection: 'github', reason: 'token_encrypted' },
    { user: 'u2', reason: 'password' },
    { user: 'u4', reason: 'no_account' },
  ]);
  const lin = ids.get('u2') ?? '';
  expect(await world.identities.findUser(lin)).toMatchObject({
    disabledAt: expect.any(Date),
    createdAt: new Date(1_740_000_000_000),
    lastLoginAt: new Date(1_750_000_000_000),
  });
  expect(await world.linked(lin)).toMatchObject([
    { alias: 'wechat', subject: 'oLab-2', name: '林小雨', alternates: { 'wechat:unionid': 'uLab-2' } },
  ]);
  expect(await world.linked(ids.get('u3') ?? '')).toMatchObject([
    { alias: 'google', subject: 'sub-3', name: 'G' },
  ]);
});

it('a known unionid leads to its user, at another connection only', async () => {
  const first = await take(user('u1', { wechat: wechat('oLab-1', 'uLab-1') }));
  // Two users have it; the one linked first is chosen.
  world.clock.advance(1000);
  const third = await take(user('u8', { wechat: wechat('oStrange', 'uLab-1') }));
  expect(third.tally).toMatchObject({ users: { new: 1 } });
  expect(third.ids.get('u8')).not.toBe(first.ids.get('u1'));
  const second = await take(user('u9', { 'wechat-account': wechat('oOther-1', 'uLab-1') }));
  expect(second.ids.get('u9')).toBe(first.ids.get('u1'));
});

it('a dry run knows the unionids that the run would have stored', async () => {
  const file = await fileOf(
    JSON.stringify([
      user('u1', { wechat: wechat('oLab-1', 'uLab-1') }),
      user('u2', { 'wechat-account': wechat('oOther-1', 'uLab-1') }),
      ...Array.from({ length: 500 }, (_, n) => user(`g${n}`, { github: { userId: `${n}` } })),
      user('u3', { 'wechat-account': wechat('oOther-2', 'uLab-1') }),
    ]),
  );
  const dry = await world.run(file, readLogtoUser, { dry: true });
  const taken = await world.run(file, readLogtoUser);
  expect(taken.left).toEqual([
    { user: 'u2', reason: 'account_of_another' },
    { user: 'u3', reason: 'account_of_another' },
  ]);
  expect([dry.tally, dry.left]).toEqual([taken.tally, taken.left]);
});

it('a unionid of a connection that has left the family leads to no user', async () => {
  const first = await take(user('u1', { wechat: wechat('oLab-1', 'uLab-1') }));
  await world.connections.change('wechat', { options: { family: 'sold' } });
  const second = await take(user('u9', { 'wechat-account': wechat('oOther-1', 'uLab-1') }));
  expect(second.ids.get('u9')).not.toBe(first.ids.get('u1'));
  await world.connections.change('wechat', { options: { family: null } });
});
