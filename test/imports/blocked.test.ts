import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReadUser } from '../../src/imports/exported-user.ts';
import { readAuth0User } from '../../src/imports/formats/auth0.ts';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { readKeycloakUser } from '../../src/imports/formats/keycloak.ts';
import { readLogtoUser } from '../../src/imports/formats/logto.ts';
import { createImportWorld, fileOf, type ImportAsk, type ImportWorld, lines } from './import-world.ts';

// People who are blocked in the old product, and have signed in here first.

let world: ImportWorld;
let subject: string;
let userId: string;

beforeAll(async () => {
  world = await createImportWorld();
});
beforeEach(async () => {
  await world.empty();
  await world.database.pool.query('TRUNCATE audit_event');
  world.signedOut.length = 0;
  const signedIn = await world.signIn('github', 'ada');
  ({ subject, userId } = signedIn);
});

const inHours = (count: number) => new Date(world.clock.now().getTime() + count * 3_600_000).toISOString();
const ada = (more: object) => ({
  id: 'u1',
  name: 'Ada',
  accounts: [{ providerId: 'github', accountId: subject }],
  ...more,
});

/** Imports dry and for real. Both have to say the same. */
async function take(
  record: object,
  { read = readBetterAuthUser, ...ask }: ImportAsk & { read?: ReadUser } = {},
) {
  const file = await fileOf(lines([record]));
  const dry = await world.run(file, read, { ...ask, dry: true });
  const done = await world.run(file, read, ask);
  expect(done.tally).toEqual(dry.tally);
  expect(done.left).toEqual(dry.left);
  return done;
}

const isDisabled = async (id = userId) => (await world.identities.findUser(id))?.disabledAt instanceof Date;
const events = () =>
  world.database.prisma.auditEvent.findMany({ where: { userId, type: { startsWith: 'user.' } } });
const stays = (detail: string) => [{ user: 'u1', reason: 'blocked_there', detail }];

describe('a user whom the old product has blocked', () => {
  const blocked: readonly [string, ReadUser, () => object][] = [
    ['better-auth', readBetterAuthUser, () => ada({ banned: true })],
    [
      'auth0',
      readAuth0User,
      () => ({
        user_id: 'u1',
        blocked: true,
        identities: [{ connection: 'github', provider: 'github', user_id: subject }],
      }),
    ],
    [
      'keycloak',
      readKeycloakUser,
      () => ({
        id: 'u1',
        username: 'ada',
        enabled: false,
        federatedIdentities: [{ identityProvider: 'github', userId: subject, userName: 'ada' }],
      }),
    ],
    [
      'logto',
      readLogtoUser,
      () => ({ id: 'u1', isSuspended: true, identities: { github: { userId: subject, details: {} } } }),
    ],
  ];

  it.each(blocked)('is disabled here, by an export of %s', async (_product, read, record) => {
    const { tally, left, ids } = await take(record(), { read });
    expect(ids.get('u1')).toBe(userId);
    expect(left).toEqual([]);
    expect(tally.blocked).toEqual({ disabled: 1 });
    expect(await isDisabled()).toBe(true);
    expect(world.signedOut).toEqual([userId]);
    expect(await events()).toMatchObject([
      { type: 'user.created' },
      { type: 'user.disabled', detail: { reason: 'blocked in test' } },
    ]);
    await expect(world.signIn('github', 'ada')).rejects.toThrow('This account is disabled.');
    const again = await take(record(), { read });
    expect([again.tally.blocked, again.left]).toEqual([{ disabled: 0 }, []]);
    expect(world.signedOut).toEqual([userId]);
  });

  it('is reported only, if the operator says so', async () => {
    const { left, tally } = await take(ada({ banned: true }), { blocked: 'report' });
    expect(left).toEqual(stays('only reported'));
    expect(tally.blocked).toEqual({ disabled: 0 });
    expect(await isDisabled()).toBe(false);
    // A new user is created disabled all the same.
    const { ids } = await take(
      { ...ada({ id: 'u2', banned: true }), accounts: [{ providerId: 'github', accountId: '77' }] },
      { blocked: 'report' },
    );
    expect(await isDisabled(ids.get('u2'))).toBe(true);
  });

  it('is reported, and stays in, with a role here', async () => {
    await world.identities.setRoles(userId, ['support']);
    expect((await take(ada({ banned: true }))).left).toEqual(stays('has a role here'));
    expect(await isDisabled()).toBe(false);
  });

  it('stays enabled, if an admin has enabled the user after an earlier import', async () => {
    await take(ada({ banned: true }));
    await world.identities.setDisabled(userId, false);
    const before = await world.contents();
    expect((await take(ada({ banned: true }))).left).toEqual(stays('was enabled here'));
    expect(await world.contents()).toEqual(before);
  });

  it('is reported, if the record is of no user here', async () => {
    const other = await world.signIn('google', 'lin', { forceConsent: true });
    const both = [
      { providerId: 'github', accountId: subject },
      { providerId: 'google', accountId: other.subject },
    ];
    const several = await take(ada({ banned: true, accounts: both }));
    expect(several.left).toEqual([...stays('not matched'), { user: 'u1', reason: 'several_users' }]);
    const elsewhere = await take(ada({ banned: true, accounts: [{ providerId: 'none', accountId: '1' }] }));
    expect(elsewhere.left).toEqual([
      { user: 'u1', connection: 'none', reason: 'unknown_connection' },
      ...stays('not matched'),
    ]);
    expect(await isDisabled()).toBe(false);
  });

  it('is disabled by the second of two records, also in a dry run', async () => {
    const account = { accounts: [{ providerId: 'github', accountId: '78' }] };
    const file = await fileOf(lines([ada(account), ada({ ...account, banned: true })]));
    const dry = await world.run(file, readBetterAuthUser, { dry: true });
    const { tally, ids } = await world.run(file, readBetterAuthUser);
    expect(tally).toEqual(dry.tally);
    expect(tally.blocked).toEqual({ disabled: 1 });
    expect(await isDisabled(ids.get('u1'))).toBe(true);
  });
});

describe('a ban of Better Auth that ends', () => {
  it('counts until then, and the report has its end', async () => {
    const until = inHours(2);
    const { left } = await take(ada({ banned: 1, banExpires: until }));
    expect(left).toEqual([{ user: 'u1', reason: 'blocked_until', until }]);
    expect(await isDisabled()).toBe(true);
    expect((await events()).at(-1)).toMatchObject({ detail: { reason: `blocked in test until ${until}` } });
    expect((await take(ada({ banned: 1, ban_expires: until }))).left).toEqual(left);
  });

  it('counts no more after its end, in any of its spellings, and is not lifted here', async () => {
    const ended = inHours(-1);
    for (const over of [{ banExpires: ended }, { ban_expires: Date.parse(ended) }]) {
      const { tally, left } = await take(ada({ banned: true, ...over }));
      expect([left, tally.blocked]).toEqual([[], { disabled: 0 }]);
    }
    expect(await isDisabled()).toBe(false);
    await take(ada({ banned: true, banExpires: inHours(1) }));
    await take(ada({ banned: true, banExpires: ended }));
    await take(ada({ banned: false }));
    expect(await isDisabled()).toBe(true);
  });

  it('counts for ever, if its end is no time', async () => {
    const { ids } = await take(
      ada({
        id: 'u3',
        banned: true,
        banExpires: 'soon',
        accounts: [{ providerId: 'github', accountId: '79' }],
      }),
    );
    expect(await isDisabled(ids.get('u3'))).toBe(true);
  });
});
