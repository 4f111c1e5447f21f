import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { createImportWorld, fileOf, type ImportAsk, type ImportWorld, lines } from './import-world.ts';

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld();
});
beforeEach(() => world.empty());

const inMinutes = (count: number) => new Date(world.clock.now().getTime() + count * 60_000).toISOString();

const account = (providerId: string, accountId: string, more: object = {}) => ({
  id: 'row',
  userId: 'u',
  providerId,
  accountId,
  accessToken: null,
  refreshToken: null,
  idToken: null,
  accessTokenExpiresAt: null,
  refreshTokenExpiresAt: null,
  scope: null,
  password: null,
  createdAt: '2025-01-01 00:00:00',
  updatedAt: '2025-01-01 00:00:00',
  ...more,
});

const user = (id: string, accounts: readonly object[], more: object = {}) => ({
  id,
  name: 'Ada',
  email: 'ada@example.com',
  emailVerified: true,
  image: null,
  createdAt: '2025-01-01T00:00:00.000',
  updatedAt: '2025-01-01T00:00:00.000',
  accounts,
  ...more,
});

const google = (more: object) =>
  lines([user('u1', [account('google', '1', { scope: 'openid,email', refreshToken: '1//r', ...more })])]);

async function take(text: string) {
  return await world.run(await fileOf(text), readBetterAuthUser);
}

async function held(userId: string) {
  const token = await world.fresh(userId, 'google', 0);
  return token.kind === 'token' ? token.accessToken.reveal() : token.kind;
}

it('users are imported with their accounts, by field or column names; passwords are skipped', async () => {
  const snake = {
    id: 'u2',
    name: 'Grace',
    banned: true,
    created_at: '2025-02-03T04:05:06',
    two_factor_enabled: true,
    accounts: [{ provider_id: 'github', account_id: 5, access_token: 'gho_5', scope: 'repo,user' }],
  };
  const records = [
    user('u1', [account('credential', 'u1', { password: 'salt:hash' }), account('github', '4')]),
    snake,
    user('u3', [account('credential', 'u3', { password: 'salt:hash' })]),
    user('u4', [account('wechat', 'oLab-or-uLab')]),
  ];
  const { tally, left, ids } = await take(JSON.stringify(records));
  expect(tally).toMatchObject({ users: { new: 3, left: 1 }, tokens: { new: 1 } });
  expect(left).toEqual([
    { user: 'u1', reason: 'password' },
    { user: 'u2', reason: 'second_factor' },
    { user: 'u3', reason: 'password' },
    { user: 'u3', reason: 'no_account' },
  ]);
  const grace = ids.get('u2') ?? '';
  expect(await world.identities.findUser(grace)).toMatchObject({
    name: 'Grace',
    disabledAt: expect.any(Date),
    createdAt: new Date('2025-02-03T04:05:06Z'),
  });
  expect(await world.health(grace, 'github')).toMatchObject({ state: 'active' });
});

it('a banned user stays disabled, however the database spells it', async () => {
  const spelt = [true, 1, '1', 't', 'true', 'TRUE', false, 0, '0', 'f', 'false', null, undefined];
  const records = spelt.map((banned, index) =>
    user(`spelt-${index}`, [account('github', `spelt-${index}`)], { banned }),
  );
  const { ids } = await take(lines(records));
  const disabled = await Promise.all(
    spelt.map(async (_, index) => {
      const found = await world.identities.findUser(ids.get(`spelt-${index}`) ?? '');
      return found?.disabledAt instanceof Date;
    }),
  );
  expect(disabled).toEqual(spelt.map((_, index) => index < 6));
});

it('tokens that Better Auth has encrypted are recognised and skipped', async () => {
  const sealed = 'ab'.repeat(70);
  const records = [
    user('u1', [account('github', '1', { accessToken: sealed })]),
    user('u2', [account('github', '2', { accessToken: `$ba$0$${sealed}` })]),
    // GitHub's old tokens have forty hexadecimal digits.
    user('u3', [account('github', '3', { accessToken: 'ab'.repeat(20) })]),
  ];
  const { left, tally } = await take(lines(records));
  expect(left).toEqual([
    { user: 'u1', connection: 'github', reason: 'token_encrypted' },
    { user: 'u2', connection: 'github', reason: 'token_encrypted' },
  ]);
  expect(tally).toMatchObject({ identities: { new: 3 }, tokens: { new: 1 } });
});

it('a token replaces an older one only, never a newer one', async () => {
  const { ids } = await take(google({ accessToken: 'second', accessTokenExpiresAt: inMinutes(30) }));
  const userId = ids.get('u1') ?? '';
  const kept = { tokens: { new: 0, replaced: 0, kept: 1 } };
  const older = google({ accessToken: 'first', accessTokenExpiresAt: inMinutes(20) });
  expect((await take(older)).tally).toMatchObject(kept);
  const endless = google({ accessToken: 'whenever' });
  expect((await take(endless)).tally).toMatchObject(kept);
  expect(await held(userId)).toBe('second');
  const newer = google({ accessToken: 'third', accessTokenExpiresAt: inMinutes(40) });
  expect((await take(newer)).tally).toMatchObject({ tokens: { new: 0, replaced: 1, kept: 0 } });
  expect((await take(newer)).tally).toMatchObject(kept);
  expect(await held(userId)).toBe('third');
});

it('no token has the scopes that its account was once granted, unless the operator says so', async () => {
  // Better Auth replaces the tokens at each sign-in, keeps `scope`, and adds to it when an account is linked again.
  const record = user('u1', [account('github', '1', { accessToken: 'gho_1', scope: 'repo,user' })]);
  const github = async (scopes: ImportAsk['scopes'] = {}) => {
    await world.empty();
    const { ids } = await world.run(await fileOf(lines([record])), readBetterAuthUser, { scopes });
    return await world.health(ids.get('u1') ?? '', 'github');
  };
  expect(await github()).toMatchObject({ state: 'active', scopes: [], awaitsScopes: true });
  expect(await github({ github: ['read:user'] })).toMatchObject({ scopes: ['read:user'] });
  const { ids } = await take(google({ accessToken: 'ya29.x', accessTokenExpiresAt: inMinutes(30) }));
  expect(await world.health(ids.get('u1') ?? '', 'google')).toMatchObject({ scopes: [], awaitsScopes: true });
});

it('a later token for a grant that was ended here changes nothing', async () => {
  const { ids } = await take(google({ accessToken: 'first', accessTokenExpiresAt: inMinutes(30) }));
  const userId = ids.get('u1') ?? '';
  const connection = await world.connection('google');
  const [identity] = await world.linked(userId);
  await world.upstreamRevocations.revoke({
    identityId: identity?.id ?? '',
    userId,
    connection,
    subject: '1',
  });
  const later = google({ accessToken: 'again', accessTokenExpiresAt: inMinutes(90) });
  expect((await take(later)).tally).toMatchObject({ tokens: { replaced: 0, kept: 1 } });
  expect(await world.health(userId, 'google')).toMatchObject({ state: 'revoked' });
});

it('a valid token replaces an expired one, whatever their dates, and ended grants stay ended', async () => {
  const first = google({ accessToken: 'dead', refreshToken: 'refused', accessTokenExpiresAt: inMinutes(30) });
  const { ids } = await take(first);
  const userId = ids.get('u1') ?? '';
  const [identity] = await world.linked(userId);
  const died = { reason: 'rejected', error: 'grant-dead:invalid_grant' } as const;
  await createEntryStore(world.database).markDead(identity?.id ?? '', 1, died);
  expect((await take(first)).tally).toMatchObject({ tokens: { replaced: 0, kept: 1 } });
  expect(await world.health(userId, 'google')).toMatchObject({ state: 'reauthorization_required' });
  const living = { accessToken: 'living', accessTokenExpiresAt: inMinutes(20) };
  expect((await take(google(living))).tally).toMatchObject({ tokens: { replaced: 1, kept: 0 } });
  expect(await held(userId)).toBe('living');
});

it('a sign-in before the import keeps its token', async () => {
  const { userId, identityId } = await world.signIn('google', 'ada', { forceConsent: true });
  const [identity] = await world.identities.byIds([identityId]);
  const before = await held(userId);
  const record = user('u1', [
    account('google', identity?.subject ?? '', {
      accessToken: 'old',
      refreshToken: 'dead',
      accessTokenExpiresAt: inMinutes(-5),
    }),
  ]);
  const { ids, tally } = await take(lines([record]));
  expect(ids.get('u1')).toBe(userId);
  expect(tally).toMatchObject({ users: { new: 0, known: 1 }, tokens: { kept: 1 } });
  expect(await held(userId)).toBe(before);
});
