import { readFile } from 'node:fs/promises';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readFirebaseUser } from '../../src/imports/formats/firebase.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['apple'] });
});
beforeEach(() => world.empty());

const names = {
  'google.com': 'google',
  'github.com': 'github',
  'facebook.com': 'facebook',
  'apple.com': 'apple',
};

const exported = (name: string) => new URL(`exports/${name}`, import.meta.url).pathname;

async function take(text: string) {
  return await world.run(await fileOf(text), readFirebaseUser, { names });
}

/** The connections and subjects of each user with accounts here. */
async function subjectsByUser(ids: ReadonlyMap<string, string>) {
  const linked = await Promise.all([...ids.values()].map((userId) => world.linked(userId)));
  return linked.map((accounts) => accounts.map(({ alias, subject }) => `${alias} ${subject}`).sort()).sort();
}

// Both files were written by firebase-tools 15.34.2 and firebase-admin 13.10.0 from the same users of the emulator.
const people = [
  ['apple 000123.0a1b2c3d4e5f60718293a4b5c6d7e8f9.1234'],
  ['facebook 10158000000000001'],
  ['github 583231', 'google 109876543210987654321'],
  ['google 100000000000000000002'],
];

it('the users of auth:export are imported with their accounts', async () => {
  const { tally, left, ids } = await world.run(exported('firebase-users.json'), readFirebaseUser, { names });
  expect(tally).toMatchObject({ users: { read: 10, new: 4, left: 6 }, identities: { new: 5 } });
  expect(await subjectsByUser(ids)).toEqual(people);
  expect(left.map(({ connection, reason }) => [connection, reason])).toEqual([
    // An anonymous user.
    [undefined, 'no_account'],
    ['twitter.com', 'unknown_connection'],
    [undefined, 'no_account'],
    ['microsoft.com', 'unknown_connection'],
    // auth:export leaves out the accounts at OpenID Connect and SAML providers.
    [undefined, 'no_account'],
    [undefined, 'passwordless'],
    [undefined, 'no_account'],
  ]);
  const ada = ids.get('mwehXCM6CB80k0pGmgU11iRTlAl9') ?? '';
  expect(await world.identities.findUser(ada)).toMatchObject({
    name: 'Ada Lovelace',
    createdAt: new Date(1_796_024_520_298),
    lastLoginAt: new Date(1_796_024_520_310),
    disabledAt: null,
  });
  expect(await world.linked(ada)).toContainEqual(
    expect.objectContaining({
      alias: 'github',
      name: 'ada',
      email: 'ada@work.example',
      emailVerified: false,
    }),
  );
  const grace = ids.get('w8qLQd1l6PZmHctRpC1UTpXGHm7S') ?? '';
  expect(await world.identities.findUser(grace)).toMatchObject({ disabledAt: expect.any(Date) });
});

it('the users of the Admin SDK have the accounts at other providers too', async () => {
  const { left, ids } = await world.run(exported('firebase-admin.jsonl'), readFirebaseUser, { names });
  expect(await subjectsByUser(ids)).toEqual(people);
  expect(left.map(({ connection, reason }) => [connection, reason])).toEqual([
    [undefined, 'no_account'],
    ['twitter.com', 'unknown_connection'],
    [undefined, 'password'],
    [undefined, 'no_account'],
    ['microsoft.com', 'unknown_connection'],
    [undefined, 'password'],
    ['oidc.corp', 'unknown_connection'],
    [undefined, 'passwordless'],
    [undefined, 'no_account'],
  ]);
  const ada = ids.get('mwehXCM6CB80k0pGmgU11iRTlAl9') ?? '';
  expect(await world.identities.findUser(ada)).toMatchObject({
    createdAt: new Date('2026-11-30T07:42:00Z'),
    lastLoginAt: new Date('2026-11-30T07:42:00Z'),
  });
});

it('both files lead to the same users', async () => {
  const first = await world.run(exported('firebase-users.json'), readFirebaseUser, { names });
  const again = await world.run(exported('firebase-admin.jsonl'), readFirebaseUser, { names });
  expect(again.tally).toMatchObject({ users: { new: 0, known: 4 }, identities: { new: 0, known: 5 } });
  expect(again.ids).toEqual(first.ids);
});

it('users of two tenants with the same id stay two users', async () => {
  const user = (tenantId: string, sub: string) => ({
    uid: 'same',
    tenantId,
    disabled: false,
    metadata: { creationTime: 'Mon, 30 Nov 2026 07:42:00 GMT', lastSignInTime: null },
    providerData: [{ uid: sub, providerId: 'google.com' }],
    multiFactor: { enrolledFactors: [{ uid: 'f', factorId: 'totp' }] },
  });
  const { ids, left } = await take(lines([user('north-1a', '1'), user('south-2b', '2')]));
  expect([...ids.keys()]).toEqual(['north-1a/same', 'south-2b/same']);
  expect(new Set(ids.values()).size).toBe(2);
  expect(left.map(({ reason }) => reason)).toEqual(['second_factor', 'second_factor']);
});

it('an account without an id leaves its user out, and no other', async () => {
  const { tally, left } = await take(
    JSON.stringify({
      users: [
        { localId: 'u1', providerUserInfo: [{ providerId: 'google.com' }] },
        { localId: 'u2', providerUserInfo: [{ providerId: 'google.com', rawId: '2' }] },
      ],
    }),
  );
  expect(tally).toMatchObject({ users: { read: 2, new: 1 } });
  expect(left).toEqual([{ user: 'record 1', reason: 'malformed', detail: 'providerUserInfo.0.rawId' }]);
});

it('the CSV form is refused', async () => {
  const csv = await readFile(exported('firebase-users.csv'), 'utf8');
  await expect(take(csv)).rejects.toThrow('not JSON');
});
