import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { readLogtoUser } from '../../src/imports/formats/logto.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

// A person with an id that several connections share becomes one user, in each order of imports and sign-ins and at once.

let world: ImportWorld;
let openid: string;
let unionid: string;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['wechat-official-account'] });
  const { endpoints } = await world.connection('wechat');
  await world.connections.create({
    ...{ alias: 'wechat-account', provider: 'wechat-official-account', client_id: 'wx-account' },
    ...{ client_secret: 'secret', endpoints, options: {}, scopes: [], enabled: true, for: 'login' },
  });
  const { account } = await world.arrive('wechat', 'lin');
  openid = account.subject;
  unionid = Object.values(account.alternates)[0] ?? '';
});
beforeEach(() => world.empty());

const record = (id: string, providerId: string) => ({
  ...{ id, name: 'Lin' },
  accounts: [{ providerId, accountId: unionid }],
});

/** Imports an account of which the export has one id, without saying which. Returns the user. */
async function unconfirmed(providerId: string) {
  const { ids } = await world.run(await fileOf(lines([record('u1', providerId)])), readBetterAuthUser);
  return ids.get('u1');
}

/** Imports an account with the provider's own profile. Returns the user. */
async function confirmed(alias: string, of: string) {
  const identities = {
    [alias]: { userId: unionid, details: { rawData: { openid: of, unionid } } },
  };
  const file = await fileOf(JSON.stringify([{ id: 'x1', identities }]));
  return (await world.run(file, readLogtoUser)).ids.get('x1');
}

const signIn = async () => (await world.signIn('wechat', 'lin')).userId;

it('the account of another connection is imported before the provider has confirmed the first', async () => {
  const userId = await unconfirmed('wechat');
  expect(await confirmed('wechat-account', 'another openid')).toBe(userId);
  expect(await signIn()).toBe(userId);
  await world.empty();
  const other = await unconfirmed('wechat');
  expect(await unconfirmed('wechat-account')).toBe(other);
  expect(await signIn()).toBe(other);
});

it('two users of one export are not joined by it, and a dry run says so too', async () => {
  const file = await fileOf(lines([record('u1', 'wechat'), record('u2', 'wechat-account')]));
  const dry = await world.run(file, readBetterAuthUser, { dry: true });
  const done = await world.run(file, readBetterAuthUser);
  expect(done.left).toEqual([{ user: 'u2', reason: 'account_of_another' }]);
  expect([dry.left, dry.tally]).toEqual([done.left, done.tally]);
});

it('an import and a first sign-in at another connection happen at once', async () => {
  const [imported, signedIn] = await Promise.all([confirmed('wechat-account', 'another openid'), signIn()]);
  expect(imported).toBe(signedIn);
});

it('two imports happen at once', async () => {
  const [first, second] = await Promise.all([unconfirmed('wechat'), confirmed('wechat', openid)]);
  expect(second).toBe(first);
  await world.empty();
  const [here, there] = await Promise.all([
    confirmed('wechat', openid),
    confirmed('wechat-account', 'another openid'),
  ]);
  expect(there).toBe(here);
});
