import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { connectionWith, importedAs } from '../support/mistaken-import.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

// An account is a way to sign in. A file of another product must not give one to the people who run this broker.

let world: ImportWorld;
let admin: string;
let subject: string;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['wechat-official-account', 'microsoft'] });
});
beforeEach(async () => {
  await world.empty();
  const signedIn = await world.signIn('google', 'ada');
  ({ userId: admin, subject } = signedIn);
  await world.identities.setRoles(admin, ['owner']);
});

const account = (providerId: string, accountId: string, more: object = {}) => ({
  ...{ providerId, accountId, ...more },
});
const record = (...accounts: readonly object[]) => ({ id: 'u1', name: 'Ada', accounts });
const left = [{ user: 'u1', connection: 'github', reason: 'holds_role' }];

/** Imports dry and for real. Both have to say the same. */
async function take(records: readonly object[], changeRoleHolders = false) {
  const file = await fileOf(lines(records));
  const dry = await world.run(file, readBetterAuthUser, { dry: true, changeRoleHolders });
  const done = await world.run(file, readBetterAuthUser, { changeRoleHolders });
  expect(done.tally).toEqual(dry.tally);
  expect(done.left).toEqual(dry.left);
  return done;
}

const aliases = async () => (await world.linked(admin)).map(({ alias }) => alias);

it('a person with a role here gets no further account, unless the operator says so', async () => {
  const records = [record(account('google', subject), account('github', '4711'))];
  const first = await take(records);
  expect(first.left).toEqual(left);
  expect(first.tally).toMatchObject({ users: { known: 1, left: 0 }, identities: { new: 0, known: 1 } });
  expect(first.ids.get('u1')).toBe(admin);
  expect(await aliases()).toEqual(['google']);
  const second = await take(records, true);
  expect(second.left).toEqual([]);
  expect(await aliases()).toEqual(['google', 'github']);
  // An account that is here gives no further way to sign in.
  expect((await take(records)).left).toEqual([]);
});

it('a further record of the same person is no way around, in the same batch or a later one', async () => {
  const others = Array.from({ length: 500 }, (_, index) => ({
    id: `other${index}`,
    accounts: [account('google', `70000${index}`)],
  }));
  const further = record(account('github', '4711'));
  const same = await take([record(account('google', subject)), further]);
  expect(same.left).toEqual(left);
  const later = await take([record(account('google', subject)), ...others, further]);
  expect(later.left).toEqual(left);
  expect(await aliases()).toEqual(['google']);
});

it('an id that the connections of a family share is no way around', async () => {
  const { userId } = await world.signIn('wechat', 'lin');
  await world.identities.setRoles(userId, ['support']);
  const { endpoints } = await world.connection('wechat');
  await world.connections.create({
    ...{ alias: 'wechat-account', provider: 'wechat-official-account', client_id: 'wx-account' },
    ...{ client_secret: 'secret', endpoints, options: {}, scopes: [], enabled: true, for: 'login' },
  });
  const { account: lin } = await world.arrive('wechat', 'lin');
  const [unionid = ''] = Object.values(lin.alternates);
  const { left: found } = await take([record(account('wechat-account', unionid))]);
  expect(found).toMatchObject([{ reason: 'holds_role' }]);
  expect(await world.linked(userId)).toHaveLength(1);
});

it('an account of such a person gets another id only if the operator says so', async () => {
  const right = (await world.arrive('microsoft', 'ada')).account.subject;
  const [tid = '', oid = ''] = right.split(':');
  await connectionWith(world, 'entra', { like: 'microsoft', options: { tenant: tid } });
  await importedAs(world, 'entra', { subject: oid, userId: admin });
  const records = [record(account('entra', oid))];
  expect((await take(records)).left).toMatchObject([{ connection: 'entra', reason: 'holds_role' }]);
  expect(await world.linked(admin)).toMatchObject([{}, { subject: oid }]);
  expect((await take(records, true)).tally).toMatchObject({ identities: { rekeyed: 1 } });
  expect(await world.linked(admin)).toMatchObject([{}, { subject: right }]);
});
