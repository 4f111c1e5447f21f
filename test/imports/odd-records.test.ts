import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readAuth0User } from '../../src/imports/formats/auth0.ts';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { readKeycloakUser } from '../../src/imports/formats/keycloak.ts';
import { readLogtoUser } from '../../src/imports/formats/logto.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

// One odd record never stops the rest, and the dry run says what the run does.

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld();
});
beforeEach(() => world.empty());

const account = (more: object) => ({ providerId: 'github', accountId: '1', accessToken: 'gho_1', ...more });
const user = (id: unknown, more: object = {}, ofAccount: object = {}) => ({
  id,
  name: 'Ada',
  accounts: [account({ accountId: String(id), ...ofAccount })],
  ...more,
});

async function takeLines(text: string) {
  const file = await fileOf(text);
  const dry = await world.run(file, readBetterAuthUser, { dry: true });
  expect(dry.ids.size).toBe(0);
  const taken = await world.run(file, readBetterAuthUser);
  expect([dry.tally, dry.left]).toEqual([taken.tally, taken.left]);
  return taken;
}
const take = (...records: readonly unknown[]) => takeLines(lines([...records, user('last')]));

it.each([
  ['year 55,840', 1_700_000_000_000_000_000_000],
  ['a year beyond 9999', '+055840-11-08T22:13:20Z'],
  ['a year before 1', '-000043-03-15T12:00:00Z'],
  ['infinity', 'infinity'],
])('dates of %s are taken as absent', async (_, at) => {
  const odd = user(
    'odd',
    { createdAt: at, updatedAt: at },
    { accessTokenExpiresAt: at, refreshTokenExpiresAt: at, refreshToken: 'ghr_1', updatedAt: at },
  );
  const { tally, ids } = await take(odd);
  expect(tally).toMatchObject({ users: { new: 2, left: 0 }, tokens: { new: 2 } });
  const { createdAt } = (await world.identities.findUser(ids.get('odd') ?? '')) ?? {};
  expect(createdAt).toEqual(world.clock.now());
});

it('names lose NUL and half a surrogate pair, and are bounded', async () => {
  const { tally, ids } = await take(
    user('nul', { name: 'A\0da', email: 'a\0da@example.com' }),
    user('half', { name: 'Ada \ud83d', image: 'https://a.example/\ud83d' }),
    user('long', { name: '😀'.repeat(5000), email: 'x'.repeat(100_000) }),
  );
  expect(tally.users).toMatchObject({ new: 4, left: 0 });
  const names = await Promise.all(
    ['nul', 'half', 'long'].map(async (ref) => (await world.identities.findUser(ids.get(ref) ?? ''))?.name),
  );
  expect(names).toEqual(['Ada', 'Ada \ufffd', '😀'.repeat(1024)]);
});

it('ids that cannot be kept are reported, and the rest is taken', async () => {
  const { left, tally } = await take(
    user('a', {}, { accountId: 'x\0' }),
    user('b', {}, { accountId: 'x\ud800' }),
    user('c', {}, { accountId: 'x'.repeat(256) }),
    user('d\0'),
    user('e\udc00'),
    user(''),
    user('f'.repeat(2000)),
    user('g', {}, { scope: 'repo\0 user\ud800' }),
  );
  expect(left).toEqual([
    ...['a', 'b', 'c'].map((one) => ({ user: one, connection: 'github', reason: 'unusable_subject' })),
    ...[4, 5, 6, 7].map((n) => ({ user: `record ${n}`, reason: 'malformed', detail: 'id' })),
  ]);
  expect(tally.users).toMatchObject({ new: 2, left: 7 });
});

it('records of another shape are reported, and the rest is taken', async () => {
  const deep = '['.repeat(20_000) + ']'.repeat(20_000);
  const odd = ['null', '7', '"text"', 'true', '{}', '{"id":{}}', '{"id":1e400,"accounts":[]}', deep];
  const records = `{"id":"proto","__proto__":{"name":"x"},"accounts":{"0":{}}}\n${odd.join('\n')}\n`;
  const { left, tally } = await takeLines(`${records}${lines([user('last')])}`);
  expect(new Set(left.map(({ reason }) => reason))).toEqual(new Set(['malformed']));
  expect(tally.users).toMatchObject({ read: 10, new: 1, left: 9 });
});

it('a name of JavaScript’s own is no provider', async () => {
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];
  const odd = names.map((provider) => ({
    user_id: `${provider}|1`,
    identities: [{ provider, connection: provider, user_id: '1' }],
  }));
  const { left } = await world.run(await fileOf(lines(odd)), readAuth0User);
  expect(left).toEqual(
    names.map((name) => ({ user: `${name}|1`, connection: name, reason: 'unknown_connection' })),
  );
});

it('a Keycloak token with absurd times is refused or kept, and never stored with them', async () => {
  const person = (id: string) => ({
    id,
    federatedIdentities: [{ identityProvider: 'github', userId: id }],
    createdTimestamp: -1e14,
  });
  const row = (id: string, token: object) => ({
    ...{ identity_provider: 'github', federated_user_id: id, user_id: id },
    token: JSON.stringify({ access_token: 'gho_1', refresh_token: 'r', ...token }),
  });
  const times = [
    { expires_in: 1e300, accessTokenExpiration: 1e300 },
    { expires_in: 3600, accessTokenExpiration: 1.7e18, refresh_expires_in: 9e15 },
    { expires_in: -1e15, accessTokenExpiration: -62_135_596_800, refresh_expires_in: 9e15 },
    { expires_in: 9e15, accessTokenExpiration: 'infinity' },
  ];
  await world.run(await fileOf(lines(times.map((_, n) => person(`k${n}`)))), readKeycloakUser);
  const { tally, ids } = await world.run(
    await fileOf(lines(times.map((token, n) => row(`k${n}`, token)))),
    readKeycloakUser,
  );
  expect(tally.tokens).toMatchObject({ new: 4 });
  const health = await world.health(ids.get('k1') ?? '', 'github');
  expect(health?.expiresAt).toEqual(new Date(1.7e12));
});

it('a Logto user with odd details keeps the account', async () => {
  const odd = { userId: 7, details: { name: 'A\0', rawData: ['a', 'list'] } };
  const { tally } = await world.run(
    await fileOf(lines([{ id: 'u1', identities: { github: odd }, lastSignInAt: 1e18 }])),
    readLogtoUser,
  );
  expect(tally.identities.new).toBe(1);
});

it('a row that the database refuses is reported, and the rest of its batch is taken', async () => {
  const { pool } = world.database;
  await pool.query(`ALTER TABLE "user" ADD CONSTRAINT odd CHECK (name <> 'Refused')`);
  await pool.query(`ALTER TABLE vault_entry ADD CONSTRAINT odd CHECK (access_expires_at <> '2099-01-01Z')`);
  try {
    const records = Array.from({ length: 30 }, (_, n) =>
      user(
        `u${n}`,
        n === 11 ? { name: 'Refused' } : {},
        n === 17 ? { accessTokenExpiresAt: '2099-01-01' } : {},
      ),
    );
    const { left, tally } = await world.run(await fileOf(lines(records)), readBetterAuthUser);
    expect(left).toEqual([
      { user: 'u11', reason: 'malformed' },
      { user: 'u17', connection: 'github', reason: 'malformed' },
    ]);
    expect(tally).toMatchObject({
      users: { new: 29, left: 1 },
      identities: { new: 29 },
      tokens: { new: 28 },
    });
  } finally {
    await pool.query('ALTER TABLE "user" DROP CONSTRAINT odd');
    await pool.query('ALTER TABLE vault_entry DROP CONSTRAINT odd');
  }
});
