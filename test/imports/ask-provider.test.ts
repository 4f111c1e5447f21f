import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { createImportWorld, fileOf, type ImportAsk, type ImportWorld, lines } from './import-world.ts';

// A run with --ask asks WeChat with the exported tokens which id an account has.

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['salesforce'] });
});
beforeEach(async () => {
  await world.empty();
  await world.control('DELETE', 'wechat/faults');
});

/** What Better Auth keeps of a sign-in at WeChat, under one of the account's ids. */
async function exported(which: 'openid' | 'unionid', { person = 'lin', ended = false } = {}) {
  const { account, tokens } = await world.arrive('wechat', person);
  const ids = { openid: account.subject, unionid: account.alternates['wechat:unionid'] ?? '' };
  const end = world.clock.now().getTime() + (ended ? -60_000 : 3_600_000);
  return {
    ids,
    row: {
      providerId: 'wechat',
      accountId: ids[which],
      accessToken: tokens?.accessToken.reveal(),
      refreshToken: tokens?.refreshToken?.reveal(),
      accessTokenExpiresAt: new Date(end).toISOString(),
      scope: 'snsapi_login',
    },
  };
}

async function take(row: object, ask: ImportAsk = { ask: true }) {
  const file = await fileOf(lines([{ id: 'u1', name: 'Lin', accounts: [row] }]));
  const taken = await world.run(file, readBetterAuthUser, ask);
  const userId = taken.ids.get('u1') ?? '';
  return { ...taken, userId, identity: userId === '' ? undefined : (await world.linked(userId))[0] };
}

async function calls() {
  const { counters } = await world.control<{ counters: { refresh: number; userinfo?: number } }>(
    'GET',
    'wechat',
  );
  return counters;
}

const reason = (one: string) => [{ user: 'u1', connection: 'wechat', reason: one }];

describe('an account whose id may be an openid or a unionid', () => {
  it.each([
    { which: 'openid', ended: false, refreshes: 0 },
    { which: 'openid', ended: true, refreshes: 1 },
    { which: 'unionid', ended: false, refreshes: 1 },
  ] as const)('is confirmed by its token ($which, ended: $ended)', async ({ which, ended, refreshes }) => {
    const { ids, row } = await exported(which, { ended });
    const before = await calls();
    const { left, tally, userId, identity } = await take(row);
    expect((await calls()).refresh - before.refresh).toBe(refreshes);
    expect(left).toEqual([]);
    expect(tally).toMatchObject({ users: { new: 1 }, tokens: { new: 1 } });
    expect(identity).toMatchObject({
      subject: ids.openid,
      issuer: expect.not.stringContaining('#'),
      alternates: { 'wechat:unionid': ids.unionid },
    });
    expect(await world.fresh(userId, 'wechat', 0)).toMatchObject({
      kind: 'token',
      parameters: { openid: ids.openid },
    });
    expect((await world.signIn('wechat', 'lin')).userId).toBe(userId);
  });

  it('that an earlier run left unconfirmed gets its ids and tokens', async () => {
    const { ids, row } = await exported('unionid');
    const first = await take(row, {});
    expect(first.identity).toMatchObject({ subject: ids.unionid });
    const second = await take(row);
    expect(second).toMatchObject({ userId: first.userId, left: [] });
    expect(second.identity).toMatchObject({ id: first.identity?.id, subject: ids.openid });
    expect(second.tally).toMatchObject({ identities: { new: 0, known: 1, rekeyed: 1 }, tokens: { new: 1 } });
  });

  it('stays unconfirmed while the provider is down, and a later run asks again', async () => {
    const { ids, row } = await exported('unionid');
    await world.control('POST', 'wechat/faults', { on: 'profile', fault: '503' });
    await world.control('POST', 'wechat/faults', { on: 'refresh', fault: '503' });
    const { left, userId } = await take(row);
    expect(left).toEqual(reason('provider_unavailable'));
    await world.control('DELETE', 'wechat/faults');
    expect(await take(row)).toMatchObject({ userId, left: [], identity: { subject: ids.openid } });
  });

  it('stays unconfirmed when the provider refuses its token', async () => {
    const { ids, row } = await exported('unionid');
    await world.control('POST', 'wechat/users/lin/revoke');
    const { left, identity } = await take(row);
    expect(left).toEqual(reason('token_dead'));
    expect(identity).toMatchObject({ subject: ids.unionid });
  });

  it('is never confirmed by the token of another account', async () => {
    const { ids } = await exported('unionid');
    const ada = await exported('unionid', { person: 'ada' });
    const { left, identity, tally } = await take({ ...ada.row, accountId: ids.unionid });
    expect(left).toEqual(reason('token_of_other_account'));
    expect(identity).toMatchObject({ subject: ids.unionid, issuer: expect.stringMatching(/#unconfirmed$/) });
    expect(tally).toMatchObject({ tokens: { new: 0 } });
  });

  it('is not asked about by a dry run, which says that the run would ask', async () => {
    const { row } = await exported('unionid');
    await world.control('POST', 'wechat/faults', { on: 'profile', fault: '503' });
    await world.control('POST', 'wechat/faults', { on: 'refresh', fault: '503' });
    const { left } = await take(row, { ask: true, dry: true });
    expect(left).toEqual(reason('ask_provider'));
  });
});

it('a token of another client stays out, though the provider tells the account by it', async () => {
  const { account, tokens } = await world.arrive('salesforce', 'lin');
  const [organization = '', user = ''] = account.subject.split('-');
  const claims = { aud: 'another-client', sub: `https://login.example/id/${organization}/${user}` };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const file = await fileOf(
    lines([
      {
        id: 'u1',
        accounts: [
          {
            providerId: 'salesforce',
            accountId: user,
            accessToken: tokens?.accessToken.reveal(),
            refreshToken: tokens?.refreshToken?.reveal(),
            idToken: `${part({ alg: 'none' })}.${part(claims)}.`,
          },
        ],
      },
    ]),
  );
  const { tally, left, ids } = await world.run(file, readBetterAuthUser, { ask: true });
  expect(left).toEqual([{ user: 'u1', connection: 'salesforce', reason: 'token_of_other_client' }]);
  expect(tally.tokens).toMatchObject({ new: 0 });
  expect(await world.linked(ids.get('u1') ?? '')).toMatchObject([{ subject: account.subject }]);
});
