import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { readLogtoUser } from '../../src/imports/formats/logto.ts';
import type { CompletedSignIn } from '../../src/login/sign-in.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

// Products keep the unionid of a WeChat account, or else its openid, and do not say which.

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['wechat-official-account', 'qq', 'alipay', 'xiaomi'] });
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

const account = (providerId: string, accountId: string, more: object = {}) => ({
  providerId,
  accountId,
  ...more,
});

async function better(...accounts: readonly object[]) {
  const records = accounts.map((one, index) => ({ id: `u${index}`, name: 'Lin', accounts: [one] }));
  return await world.run(await fileOf(lines(records)), readBetterAuthUser);
}

async function logto(identities: Readonly<Record<string, object>>) {
  const record = { id: 'u0', name: 'Lin', identities, createdAt: 1_740_000_000_000 };
  return await world.run(await fileOf(JSON.stringify([record])), readLogtoUser);
}

/** The ids of the account as the connector reads them at a sign-in. */
function idsOf({ account: { subject, alternates } }: CompletedSignIn) {
  return { subject, shared: Object.values(alternates)[0] ?? '' };
}

const identityOf = async (userId: string) => (await world.linked(userId))[0];

describe.each(['subject', 'shared'] as const)('a WeChat account that is kept by its %s', (which) => {
  it('is imported with its user, and the next sign-in confirms it', async () => {
    const lin = await world.arrive('wechat', 'lin');
    const id = idsOf(lin)[which];
    const tokens = { accessToken: 'at', refreshToken: 'rt' };
    const { ids, left, tally } = await better(account('wechat', id, tokens));
    const userId = ids.get('u0') ?? '';
    expect(tally).toMatchObject({ users: { new: 1 }, identities: { new: 1 }, tokens: { new: 0 } });
    expect(left).toEqual([{ user: 'u0', connection: 'wechat', reason: 'token_needs_ask' }]);
    expect(await identityOf(userId)).toMatchObject({
      subject: id,
      issuer: expect.stringMatching(/#unconfirmed$/),
    });
    const before = await world.contents();
    expect((await better(account('wechat', id, tokens))).ids.get('u0')).toBe(userId);
    expect(await world.contents()).toEqual(before);

    expect((await world.signIn('wechat', 'lin')).userId).toBe(userId);
    expect(await identityOf(userId)).toMatchObject({ subject: idsOf(lin).subject });
    expect(await world.fresh(userId, 'wechat', 0)).toMatchObject({ kind: 'token' });
    const again = await better(account('wechat', id));
    expect(again.ids.get('u0')).toBe(userId);
    expect(again.tally).toMatchObject({ users: { new: 0, known: 1 }, identities: { new: 0, known: 1 } });
  });

  it('is the account of a sign-in that came first', async () => {
    const { userId } = await world.signIn('wechat', 'lin');
    const lin = await world.arrive('wechat', 'lin');
    const { ids, tally } = await better(account('wechat', idsOf(lin)[which]));
    expect(ids.get('u0')).toBe(userId);
    expect(tally).toMatchObject({ users: { new: 0, known: 1 }, identities: { new: 0 } });
  });

  it('is confirmed by an export with the profile', async () => {
    const lin = idsOf(await world.arrive('wechat', 'lin'));
    const first = await better(account('wechat', lin[which]));
    const rawData = { openid: lin.subject, unionid: lin.shared };
    const second = await logto({ wechat: { userId: lin.shared, details: { rawData } } });
    const userId = first.ids.get('u0') ?? '';
    expect(second.ids.get('u0')).toBe(userId);
    expect(second.tally).toMatchObject({ identities: { new: 0, known: 1, rekeyed: 1 } });
    expect(await identityOf(userId)).toMatchObject({ subject: lin.subject });
    // Its unionid is known as well now.
    const third = await better(account('wechat-account', lin.shared));
    expect(third.ids.get('u0')).toBe(userId);
  });
});

it('a unionid of a connection of the family leads to its user', async () => {
  const { userId } = await world.signIn('wechat', 'lin');
  const { shared } = idsOf(await world.arrive('wechat', 'lin'));
  const { ids, tally } = await better(account('wechat-account', shared));
  expect(ids.get('u0')).toBe(userId);
  expect(tally).toMatchObject({ identities: { new: 1 } });
  expect((await better(account('wechat-account', shared))).tally).toMatchObject({ identities: { new: 0 } });
});

it('a dry run says the same, and writes nothing', async () => {
  const records = ['one', 'one', 'two'].map((id, index) => ({
    id: `u${index}`,
    accounts: [account('wechat', id)],
  }));
  const file = await fileOf(lines(records));
  const before = await world.contents();
  const dry = await world.run(file, readBetterAuthUser, { dry: true });
  expect(await world.contents()).toEqual(before);
  const real = await world.run(file, readBetterAuthUser);
  expect(dry.tally).toEqual(real.tally);
  expect(dry.left).toEqual(real.left);
});

it.each([
  ['qq', 'UID_', {}],
  ['xiaomi', '', { result: 'ok', data: { unionId: 'SHARED', miliaoNick: 'Lin' } }],
] as const)(
  'a %s account of Logto, whose profile has no openid, is found at the sign-in',
  async (alias, start, raw) => {
    const lin = idsOf(await world.arrive(alias, 'lin'));
    expect(lin.shared).toMatch(new RegExp(`^${start}.+`));
    const rawData = JSON.parse(JSON.stringify(raw).replace('SHARED', lin.shared));
    const { ids } = await logto({ [alias]: { userId: lin.shared, details: { name: 'Lin', rawData } } });
    const userId = ids.get('u0') ?? '';
    expect((await world.signIn(alias, 'lin')).userId).toBe(userId);
    expect(await identityOf(userId)).toMatchObject({ subject: lin.subject });
  },
);

describe('Alipay of Logto, whose id is the user_id', () => {
  const nested = (user_id: string, more: object = {}) => ({
    userId: user_id,
    details: { rawData: { sign: 's', alipay_user_info_share_response: { code: '10000', user_id, ...more } } },
  });

  it('is known by it until a sign-in tells the open_id', async () => {
    const { ids } = await logto({ alipay: nested('2088000000000105') });
    const identity = await identityOf(ids.get('u0') ?? '');
    expect(identity).toMatchObject({
      issuer: expect.stringMatching(/#unconfirmed$/),
      alternates: { 'alipay:user_id': '2088000000000105' },
    });
  });

  it('has its open_id in the nested answer', async () => {
    const { ids } = await logto({ alipay: nested('2088000000000105', { open_id: '0lab' }) });
    const identity = await identityOf(ids.get('u0') ?? '');
    expect(identity).toMatchObject({ subject: '0lab', issuer: expect.not.stringMatching('#') });
  });

  it('has the user_id as its subject where the connection says so', async () => {
    const { registration, connector } = await world.connection('alipay');
    await world.connections.create({
      alias: 'old-alipay',
      provider: 'alipay',
      client_id: registration.clientId,
      client_secret: registration.clientSecret?.reveal() ?? '',
      endpoints: { ...connector.endpoints, ...registration.endpoints },
      options: { ...registration.options, subject: 'user_id' },
      scopes: [],
      enabled: true,
      for: 'login',
    });
    const records = await logto({ 'old-alipay': nested('2088000000000105', { open_id: '0lab' }) });
    expect(await identityOf(records.ids.get('u0') ?? '')).toMatchObject({ subject: '2088000000000105' });
    // Better Auth, without a profile.
    await world.empty();
    const { ids, left } = await better(
      account('old-alipay', '2088000000000105'),
      account('old-alipay', 'other'),
    );
    expect(await identityOf(ids.get('u0') ?? '')).toMatchObject({
      subject: '2088000000000105',
      issuer: registration.issuer,
    });
    expect(left).toEqual([{ user: 'u1', connection: 'old-alipay', reason: 'unknown_subject' }]);
  });
});

describe.each([
  ['one batch', 0],
  ['two batches', 500],
])('records of one account in %s', (_where, between) => {
  const named = { userId: 'union-7', details: { rawData: { openid: 'open-7', unionid: 'union-7' } } };
  const full = (id: string) => ({ id, identities: { wechat: named } });
  const bare = (id: string, userId: string) => ({ id, identities: { wechat: { userId } } });
  const others = Array.from({ length: between }, (_, n) => ({ id: `n${n}`, identities: {} }));

  it.each([
    ['the unionid first', bare('u1', 'union-7'), full('u2')],
    ['the openid first', bare('u1', 'open-7'), full('u2')],
    ['the unionid last', full('u1'), bare('u2', 'union-7')],
    ['the openid last', full('u1'), bare('u2', 'open-7')],
  ])('are of one user, %s, in each run', async (_order, one, other) => {
    const file = await fileOf(lines([one, ...others, other]));
    const dry = await world.run(file, readLogtoUser, { dry: true });
    const taken = await world.run(file, readLogtoUser);
    expect(dry.tally).toEqual(taken.tally);
    expect(taken.left).toContainEqual({ user: 'u2', reason: 'account_of_another' });
    expect(taken.tally).toMatchObject({ users: { new: 1 }, identities: { new: 1 } });
    const again = await world.run(file, readLogtoUser);
    expect(again.ids).toEqual(taken.ids);
    expect(again.left).toEqual(taken.left);
  });

  it.each([
    ['first', bare('u1', 'union-7'), full('u1')],
    ['last', full('u1'), bare('u1', 'union-7')],
  ])('add up to one account of their user, with the bare id %s', async (_order, one, other) => {
    const file = await fileOf(lines([one, ...others, other]));
    const dry = await world.run(file, readLogtoUser, { dry: true });
    const { tally, ids } = await world.run(file, readLogtoUser);
    expect(dry.tally).toEqual(tally);
    expect(await world.linked(ids.get('u1') ?? '')).toMatchObject([{ subject: 'open-7' }]);
  });
});
