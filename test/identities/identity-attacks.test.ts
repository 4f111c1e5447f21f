import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { arrival } from './people.ts';

let world: VaultWorld;
let person = 0;

beforeAll(async () => {
  world = await createVaultWorld();
});

beforeEach(() => {
  person += 1;
});

const someone = () => `visitor-${person}`;
const countUsers = () => world.database.prisma.user.count();

async function settle(alias: string, account: Parameters<typeof arrival>[2]): Promise<string> {
  return (await world.identities.findOrCreate(await arrival(world, alias, account))).userId;
}

async function theIdentity(userId: string) {
  const [identity, ...more] = await world.identities.ofUser(userId);
  if (!identity || more.length > 0) throw new Error('not one identity');
  return identity;
}

describe('an e-mail address', () => {
  it('that two providers verify joins no two users', async () => {
    const google = await world.signIn('google', someone());
    const github = await world.signIn('github', someone());
    expect(github.userId).not.toBe(google.userId);
    const emails = await Promise.all([google, github].map(({ userId }) => theIdentity(userId)));
    expect(emails.map(({ email, emailVerified }) => [email, emailVerified])).toEqual(
      Array(2).fill([`${someone()}@example.com`, true]),
    );
  });

  it('claimed by another person in another spelling joins no two users', async () => {
    const lin = await world.signIn('google', 'lin');
    for (const alias of ['facebook', 'github', 'google', 'wechat']) {
      const mallory = await world.signIn(alias, 'mallory');
      expect(mallory.userId).not.toBe(lin.userId);
      expect((await theIdentity(mallory.userId)).emailVerified).toBe(false);
    }
  });

  it('of a sold domain finds no old user', async () => {
    const email = `founder-${person}@startup.example`;
    const before = await settle('google', { subject: `old-${person}`, email, emailVerified: true });
    const after = await settle('google', { subject: `new-${person}`, email, emailVerified: true });
    expect(after).not.toBe(before);
  });

  it('that a provider no longer states is deleted, with its verified flag', async () => {
    const subject = `mail-${person}`;
    const userId = await settle('google', { subject, email: 'a@b.example', emailVerified: true });
    await settle('google', { subject, emailVerified: true });
    expect(await theIdentity(userId)).toMatchObject({ email: null, emailVerified: false });
  });
});

describe('a name at the provider', () => {
  it('that another person has taken over leads to a new user', async () => {
    const bob = await settle('github', { subject: '1', name: 'bob' });
    await settle('github', { subject: '1', name: 'robert' });
    const next = await settle('github', { subject: '2', name: 'bob' });
    expect(next).not.toBe(bob);
    expect(await settle('github', { subject: '1', name: 'bob' })).toBe(bob);
  });
});

describe('an id at the provider', () => {
  it('is compared as the exact string', async () => {
    const alike = [
      '9007199254740993',
      '9007199254740992',
      '9007199254740992.0',
      '1000',
      '1e3',
      '123',
      '0123',
      '+123',
      ' 123',
      '123 ',
      'ABC',
      'abc',
      '\u00e9',
      'e\u0301',
      'ſ',
      's',
      '٣',
      '3',
      '%31',
      "'; --",
      '__proto__',
      'null',
    ];
    const users = new Map<string, string>();
    for (const subject of alike) users.set(subject, await settle('github', { subject }));
    expect(new Set(users.values()).size).toBe(alike.length);
    for (const subject of alike) {
      expect(await settle('github', { subject })).toBe(users.get(subject));
      expect((await theIdentity(users.get(subject) ?? '')).subject).toBe(subject);
    }
  });

  it('is unrelated to the same id at another connection, or of another issuer', async () => {
    const subject = `same-${person}`;
    const users = [];
    for (const alias of ['github', 'google', 'facebook', 'wechat'])
      users.push(await settle(alias, { subject }));
    const elsewhere = await arrival(world, 'google', { subject });
    const { connection } = elsewhere;
    const registration = { ...connection.registration, issuer: 'https://other.example' };
    const moved = { ...elsewhere, connection: { ...connection, registration } };
    users.push((await world.identities.findOrCreate(moved)).userId);
    expect(new Set(users).size).toBe(5);
  });
});

describe('a WeChat account', () => {
  const withoutUnionid = async () => {
    for (const on of ['token', 'profile'])
      await world.control('POST', 'wechat/faults', { on, fault: 'omit_unionid' });
  };

  it('that gets a unionid later stays the same user, and keeps it when it is not sent', async () => {
    await withoutUnionid();
    const first = await world.signIn('wechat', someone());
    const { subject, alternates } = await theIdentity(first.userId);
    expect(alternates).toEqual({});
    const second = await world.signIn('wechat', someone());
    expect(second).toMatchObject({ userId: first.userId, identityId: first.identityId });
    const known = { 'wechat:unionid': expect.stringMatching(/^oU/) };
    expect((await theIdentity(first.userId)).alternates).toEqual(known);
    await withoutUnionid();
    await world.signIn('wechat', someone());
    expect(await theIdentity(first.userId)).toMatchObject({ subject, alternates: known });
  });

  it('with another openid and the same unionid is not joined silently', async () => {
    const alternates = { 'wechat:unionid': `oU-${person}` };
    const web = await settle('wechat', { subject: `web-${person}`, alternates });
    const mini = await settle('wechat', { subject: `mini-${person}`, alternates });
    expect(mini).not.toBe(web);
  });
});

describe('a profile', () => {
  const hostile = 'a\0b\ud800 <img src=x onerror=alert(1)> \u202Eevil\r\nX: y';

  it('with hostile text is stored as text, and the person is signed in', async () => {
    const all = { name: hostile, picture: hostile, email: hostile };
    const userId = await settle('github', { subject: `hostile-${person}`, ...all });
    const identity = await theIdentity(userId);
    expect(identity.picture).toBeNull();
    for (const text of [identity.name, identity.email]) {
      expect(text).toContain('<img src=x');
      expect(text).not.toMatch(/\0/);
      expect(text?.isWellFormed()).toBe(true);
    }
    await settle('github', { subject: `hostile-${person}`, ...all });
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '//x.example/a',
    `https://x.example/${'a'.repeat(3000)}`,
  ])('has no picture at %.40s', async (picture) => {
    const userId = await settle('github', { subject: `framed-${person}`, picture });
    expect((await theIdentity(userId)).picture).toBeNull();
  });

  it('of a megabyte is cut', async () => {
    const name = '🦊'.repeat(500_000);
    const userId = await settle('github', { subject: `long-${person}`, name });
    expect(Array.from((await theIdentity(userId)).name ?? '')).toHaveLength(1024);
  });

  it.each([{}, { name: '' }, { name: ' \t ' }, { name: '\0', picture: 'no address' }])(
    'keeps the name and picture if a later sign-in leaves them out: %j',
    async (told) => {
      const subject = `told-once-${person}`;
      const picture = 'https://x.example/p.png';
      const userId = await settle('github', { subject, name: 'Mo Sample', picture });
      expect(await settle('github', { subject, ...told })).toBe(userId);
      expect(await theIdentity(userId)).toMatchObject({ name: 'Mo Sample', picture });
      await settle('github', { subject, name: 'Mo Other', picture: `${picture}?2` });
      expect(await theIdentity(userId)).toMatchObject({ name: 'Mo Other', picture: `${picture}?2` });
    },
  );

  it('does not rename the user when the account is renamed', async () => {
    const userId = await settle('github', { subject: `renamed-${person}`, name: 'Ada' });
    await settle('github', { subject: `renamed-${person}`, name: 'Administrator' });
    expect((await world.identities.findUser(userId))?.name).toBe('Ada');
  });
});

describe('a disabled user', () => {
  it('is not let in, linked or changed, and each attempt is audited', async () => {
    const before = await world.signIn('google', someone());
    await world.identities.setDisabled(before.userId, true);
    const audited = await world.database.prisma.auditEvent.count({ where: { type: 'login.failed' } });
    const [users, identity] = [await countUsers(), await theIdentity(before.userId)];
    await expect(world.signIn('google', someone())).rejects.toMatchObject({ code: 'forbidden' });
    const other = await arrival(world, 'github', { subject: `linked-${person}` });
    await expect(world.identities.link(before.userId, other)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await countUsers()).toBe(users);
    expect(await theIdentity(before.userId)).toEqual(identity);
    const failures = { type: 'login.failed', userId: before.userId };
    expect(await world.database.prisma.auditEvent.count({ where: failures })).toBe(2);
    expect(await world.database.prisma.auditEvent.count({ where: { type: 'login.failed' } })).toBe(
      audited + 2,
    );
    await world.identities.setDisabled(before.userId, false);
    expect((await world.signIn('google', someone())).userId).toBe(before.userId);
  });

  it.each(['usr_00000000000000000000000000', 'nobody', '', '\0', "' OR 1=1", '\ud800', 'x'.repeat(3000)])(
    'cannot be confused with an invented one: %j is no user',
    async (userId) => {
      expect(await world.identities.findUser(userId)).toBeUndefined();
      expect(await world.identities.ofUser(userId)).toEqual([]);
      const acts = [
        () => world.identities.setDisabled(userId, true),
        () => world.identities.setRoles(userId, ['admin']),
        () => world.removals.eraseUser(userId),
      ];
      for (const act of acts) await expect(act()).rejects.toMatchObject({ code: 'not_found' });
      await expect(world.removals.unlink({ userId, identityId: 'x' })).rejects.toMatchObject({
        code: 'identity_not_found',
      });
    },
  );

  it.each(["' OR 1=1 --", '%', '_', '\\', '\0', '\ud800', '*'])(
    'searched for by %j finds only users of that name',
    async (search) => {
      const page = { limit: 200, after: undefined };
      expect((await world.identities.listUsers({ ...page, search })).users).toEqual([]);
    },
  );
});
