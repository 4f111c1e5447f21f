import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { arrival, outcomes } from './people.ts';

let world: VaultWorld;
let round = 0;

beforeAll(async () => {
  world = await createVaultWorld();
});

beforeEach(() => {
  round += 1;
});

const settle = async (alias: string, subject: string) =>
  await world.identities.findOrCreate(await arrival(world, alias, { subject }));
const link = async (userId: string, alias: string, subject: string) =>
  await world.identities.link(userId, await arrival(world, alias, { subject }));
const rounds = Array.from({ length: 8 }, (_, index) => index);

/** Creates a user with accounts at these connections, and returns the ids of the identities in order. */
async function userWith(...aliases: string[]): Promise<{ userId: string; ids: readonly string[] }> {
  const [first = '', ...others] = aliases;
  const { userId } = await settle(first, `${first}-${round}-${aliases.length}-${crypto.randomUUID()}`);
  for (const alias of others) await link(userId, alias, `${alias}-${crypto.randomUUID()}`);
  const ids = (await world.identities.ofUser(userId)).map(({ id }) => id);
  return { userId, ids };
}

describe('twenty first sign-ins of one account at once', () => {
  it('create one user with one identity', async () => {
    for (const index of rounds) {
      const subject = `crowd-${index}`;
      const arrivals = await Promise.all(Array.from({ length: 20 }, () => settle('github', subject)));
      expect(new Set(arrivals.map(({ userId }) => userId)).size).toBe(1);
      expect(new Set(arrivals.map(({ identityId }) => identityId)).size).toBe(1);
    }
    const created = { type: 'user.created' };
    expect(await world.database.prisma.auditEvent.count({ where: created })).toBe(rounds.length);
    expect(await world.database.prisma.user.count()).toBe(rounds.length);
  });
});

describe('a first sign-in that ends between its writes', () => {
  it('leaves neither a user without an identity nor an event', async () => {
    const { pool, prisma } = world.database;
    await pool.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'ended'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON identity FOR EACH ROW WHEN (NEW.subject = 'ended') EXECUTE FUNCTION fail()`);
    const counts = () =>
      Promise.all([prisma.user.count(), prisma.identity.count(), prisma.auditEvent.count()]);
    const before = await counts();
    await expect(settle('google', 'ended')).rejects.toThrow('ended');
    expect(await counts()).toEqual(before);
    await pool.query('DROP FUNCTION fail CASCADE');
    await settle('google', 'ended');
    expect((await counts()).slice(0, 2)).toEqual([(before[0] ?? 0) + 1, (before[1] ?? 0) + 1]);
  });
});

describe('one account linked by two users at once', () => {
  it('belongs to one user, and the other is refused', async () => {
    for (const index of rounds) {
      const [a, b] = [await userWith('github'), await userWith('github')];
      const subject = `contested-${index}`;
      const ends = await outcomes([link(a.userId, 'google', subject), link(b.userId, 'google', subject)]);
      expect(ends).toEqual(['identity_in_use', 'ok']);
    }
  });

  it('while it signs in for the first time belongs to one user', async () => {
    for (const index of rounds) {
      const { userId } = await userWith('github');
      const subject = `first-${index}`;
      const ends = await outcomes([settle('google', subject), link(userId, 'google', subject)]);
      expect(ends.filter((end) => end === 'ok').length).toBeGreaterThan(0);
      const owners = await world.database.prisma.identity.findMany({ where: { subject } });
      expect(owners).toHaveLength(1);
    }
  });

  it('twice by its own user is linked once', async () => {
    const { userId } = await userWith('github');
    const twice = [link(userId, 'google', 'own'), link(userId, 'google', 'own')];
    const ends = await outcomes(twice);
    expect(ends).toContain('ok');
    expect(await world.identities.ofUser(userId)).toHaveLength(2);
    expect(await outcomes([link(userId, 'google', 'own')])).toEqual(['ok']);
  });
});

describe('the last account for sign-in', () => {
  it('cannot be unlinked', async () => {
    const { userId, ids } = await userWith('github');
    expect(await outcomes([world.removals.unlink({ userId, identityId: ids[0] ?? '' })])).toEqual([
      'last_identity',
    ]);
    expect(await world.identities.ofUser(userId)).toHaveLength(1);
  });

  it('is not one of a disabled connection, or of one for linking only', async () => {
    const { userId, ids } = await userWith('github', 'facebook');
    for (const change of [{ enabled: false }, { enabled: true, for: 'linking' as const }]) {
      await world.connections.change('facebook', change);
      expect(await outcomes([world.removals.unlink({ userId, identityId: ids[0] ?? '' })])).toEqual([
        'last_identity',
      ]);
    }
    await world.connections.change('facebook', { for: 'login' });
    expect(await outcomes([world.removals.unlink({ userId, identityId: ids[0] ?? '' })])).toEqual(['ok']);
  });

  it('stays if all are unlinked at once', async () => {
    for (const _ of rounds) {
      const { userId, ids } = await userWith('github', 'google', 'wechat');
      const ends = await outcomes(ids.map((id) => world.removals.unlink({ userId, identityId: id })));
      expect(ends).toEqual(['last_identity', 'ok', 'ok']);
      expect(await world.identities.ofUser(userId)).toHaveLength(1);
    }
  });

  it('is unlinked once, however often it is requested', async () => {
    const { userId, ids } = await userWith('github', 'google');
    const id = ids[1] ?? '';
    const ends = await outcomes(
      Array.from({ length: 5 }, () => world.removals.unlink({ userId, identityId: id })),
    );
    expect(ends).toEqual([...Array(4).fill('identity_not_found'), 'ok']);
    const unlinked = { type: 'identity.unlinked', identityId: id };
    expect(await world.database.prisma.auditEvent.count({ where: unlinked })).toBe(1);
  });

  it('of another person is answered like an unknown one', async () => {
    const [mine, theirs] = [await userWith('github', 'google'), await userWith('github', 'google')];
    const unknown = ['idn_00000000000000000000000000', '\0', '', 'x'.repeat(10_000)];
    for (const id of [...theirs.ids, ...unknown])
      expect(await outcomes([world.removals.unlink({ userId: mine.userId, identityId: id })])).toEqual([
        'identity_not_found',
      ]);
    expect(await world.identities.ofUser(theirs.userId)).toHaveLength(2);
  });
});

describe('a sign-in while its account is unlinked', () => {
  it('finds the user or creates a new one, without an internal error', async () => {
    for (const index of rounds) {
      const { userId } = await userWith('github');
      const subject = `leaving-${index}`;
      const { identityId } = await link(userId, 'google', subject);
      const acts = [
        settle('google', subject),
        world.removals.unlink({ userId, identityId }),
        settle('google', subject),
      ];
      expect(await outcomes(acts)).toEqual(['ok', 'ok', 'ok']);
      expect(await world.database.prisma.identity.count({ where: { subject } })).toBeLessThanOrEqual(1);
    }
  });

  it('makes no admin of a deleted user', async () => {
    for (const index of rounds) {
      const subject = `removed-${index}`;
      const { userId } = await settle('google', subject);
      const ends = await outcomes([world.removals.eraseUser(userId), settle('google', subject)]);
      expect(ends).toContain('ok');
    }
  });
});
