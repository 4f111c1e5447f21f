import { beforeAll, describe, expect, it } from 'vitest';
import { unconfirmedIssuer } from '../../src/identities/unconfirmed.ts';
import { createUserImportStore } from '../../src/identities/user-import-store.ts';
import { newId } from '../../src/kit/ids.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { arrival } from './people.ts';

// An import knows one id of a WeChat account and not which one: the unionid, or else the openid.

let world: VaultWorld;
let people = 0;
const anyone = () => `person-${++people}`;

beforeAll(async () => {
  world = await createVaultWorld();
  const { registration } = await world.connection('wechat');
  for (const [alias, family] of [
    ['wechat-2', 'default'],
    ['wechat-elsewhere', 'another-company'],
  ] as const)
    await world.connections.create({
      alias,
      provider: 'wechat-web',
      client_id: `wx-${alias}`,
      client_secret: 'secret',
      endpoints: { token: registration.endpoints.token, userinfo: registration.endpoints.userinfo },
      options: { family },
      scopes: [],
      enabled: true,
      for: 'login',
    });
});

/** An imported user whose account at a connection has this id. */
async function imported(
  id: string,
  { alias = 'wechat', disabled = false, issuer = '', userId: known = '' } = {},
) {
  const connection = await world.connection(alias);
  const userId = known || newId('usr');
  const identityId = newId('idn');
  const at = issuer || connection.registration.issuer;
  const key = { connectionId: connection.id, issuer: unconfirmedIssuer(at), subject: id };
  const profile = { alternates: {}, name: 'Lin', picture: null, email: null, emailVerified: false };
  const user = {
    id: userId,
    name: 'Lin',
    picture: null,
    disabled,
    createdAt: undefined,
    lastLoginAt: undefined,
  };
  const identity = { id: identityId, userId, ...key, ...profile, shared: undefined };
  const store = createUserImportStore(world.database.pool, world.rowTags);
  const guard = {
    keys: [key, { ...key, issuer: at }],
    keysThere: [],
    shared: [],
    spaces: new Map<string, string>(),
    seen: new Set<string>(),
  };
  const done = await store.insert(
    { users: known ? [] : [user], identities: [identity], guard },
    world.clock.now(),
  );
  return { userId, identityId, done };
}

const cameTo = async (alias: string, openid: string, unionid?: string) =>
  await arrival(world, alias, {
    subject: openid,
    alternates: unionid === undefined ? {} : { 'wechat:unionid': unionid },
  });

const comes = async (alias: string, openid: string, unionid?: string) =>
  await world.identities.findOrCreate(await cameTo(alias, openid, unionid));

const rowOf = async (identityId: string) => (await world.identities.byIds([identityId]))[0];

describe('an account that was imported with one of its ids', () => {
  it.each(['openid', 'unionid'] as const)(
    'is found by its %s at the first sign-in, and confirmed',
    async (which) => {
      const ids = { openid: `o-${anyone()}`, unionid: `u-${anyone()}` };
      const { userId, identityId } = await imported(ids[which]);
      expect(await comes('wechat', ids.openid, ids.unionid)).toEqual({ userId, identityId });
      const { registration } = await world.connection('wechat');
      expect(await rowOf(identityId)).toMatchObject({
        issuer: registration.issuer,
        subject: ids.openid,
        alternates: { 'wechat:unionid': ids.unionid },
      });
      expect(await comes('wechat', ids.openid, ids.unionid)).toEqual({ userId, identityId });
      // Its unionid is known now, so the same person at another connection is the same user.
      expect((await comes('wechat-2', `${ids.openid}-2`, ids.unionid)).userId).toBe(userId);
      const events = await world.database.prisma.auditEvent.findMany({
        where: { type: 'identity.rekeyed', identityId },
      });
      expect(events).toMatchObject([
        { detail: { changes: { subject: { from: ids[which], to: ids.openid } } } },
      ]);
    },
  );

  it('goes to one user of two first sign-ins at once', async () => {
    const [openid, unionid] = [`o-${anyone()}`, `u-${anyone()}`];
    const { userId, identityId } = await imported(unionid);
    const both = await Promise.all([1, 2, 3].map(() => comes('wechat', openid, unionid)));
    expect(both).toEqual([1, 2, 3].map(() => ({ userId, identityId })));
  });

  it('goes to the first account alone that has the id, and to no account without it', async () => {
    const unionid = `u-${anyone()}`;
    const { userId } = await imported(unionid);
    expect((await comes('wechat', `o-${anyone()}`)).userId).not.toBe(userId);
    expect((await comes('wechat', `o-${anyone()}`, `u-${anyone()}`)).userId).not.toBe(userId);
    expect((await comes('google', unionid)).userId).not.toBe(userId);
    expect((await comes('wechat', `o-${anyone()}`, unionid)).userId).toBe(userId);
    expect((await comes('wechat', `o-${anyone()}`, unionid)).userId).not.toBe(userId);
  });

  it('leads a sign-in with that unionid at a connection of the family to its user, and no other one', async () => {
    const unionid = `u-${anyone()}`;
    const { userId, identityId } = await imported(unionid);
    expect((await comes('wechat-elsewhere', `o-${anyone()}`, unionid)).userId).not.toBe(userId);
    // An openid of another app proves nothing.
    expect((await comes('wechat-2', unionid)).userId).not.toBe(userId);
    const there = await comes('wechat-2', `o-${anyone()}`, unionid);
    expect(there).toMatchObject({ userId });
    expect(there.identityId).not.toBe(identityId);
    expect(await comes('wechat', `o-${anyone()}`, unionid)).toEqual({ userId, identityId });
  });

  it('is linked by its own user and by no other one', async () => {
    const [openid, unionid] = [`o-${anyone()}`, `u-${anyone()}`];
    const { userId, identityId } = await imported(unionid);
    const other = await comes('google', anyone());
    const signIn = await cameTo('wechat', openid, unionid);
    await expect(world.identities.link(other.userId, signIn)).rejects.toMatchObject({
      code: 'identity_in_use',
    });
    expect(await rowOf(identityId)).toMatchObject({ userId, subject: unionid });
    expect(await world.identities.link(userId, signIn)).toEqual({ userId, identityId });
    expect(await rowOf(identityId)).toMatchObject({ subject: openid });
  });

  it('stays as it is where its user is disabled', async () => {
    const unionid = `u-${anyone()}`;
    const { identityId } = await imported(unionid, { disabled: true });
    await expect(comes('wechat', `o-${anyone()}`, unionid)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(comes('wechat-2', `o-${anyone()}`, unionid)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await rowOf(identityId)).toMatchObject({ subject: unionid });
  });

  it('is shown to no app until then', async () => {
    const unionid = `u-${anyone()}`;
    const { userId, identityId } = await imported(unionid);
    const { id } = await world.connection('wechat');
    expect(await world.identities.ofUser(userId)).toEqual([]);
    expect(await world.identities.briefsOfUser(userId)).toEqual([]);
    expect(await world.identities.ofSubject(unionid, [id])).toEqual([]);
    expect(await world.identities.allOfUser(userId)).toMatchObject([{ id: identityId }]);
  });

  it('is no account by which the person can sign in when the last other one goes', async () => {
    const { userId, identityId } = await imported(`u-${anyone()}`);
    const other = await arrival(world, 'github', { subject: anyone() });
    const linked = await world.identities.link(userId, other);
    const unlink = (one: string) => world.removals.unlink({ userId, identityId: one });
    await expect(unlink(linked.identityId)).rejects.toMatchObject({ code: 'last_identity' });
    await unlink(identityId);
    expect(await world.identities.allOfUser(userId)).toMatchObject([{ id: linked.identityId }]);
  });

  it('goes alone from a user of unconfirmed ones, and stays where a provider asks for an erasure', async () => {
    const { userId, identityId } = await imported(`u-${anyone()}`);
    const { identityId: joined } = await imported(`u-${anyone()}`, { userId });
    await world.removals.unlink({ userId, identityId: joined });
    const { identityId: linked } = await world.identities.link(
      userId,
      await arrival(world, 'github', { subject: anyone() }),
    );
    await world.removals.unlink({ userId, identityId: linked }, { dormantCounts: true });
    expect(await world.identities.allOfUser(userId)).toMatchObject([{ id: identityId }]);
  });

  it('is not imported beside a sign-in that came first', async () => {
    const [openid, unionid] = [`o-${anyone()}`, `u-${anyone()}`];
    await comes('wechat', openid, unionid);
    expect(await imported(openid)).toMatchObject({ done: false });
    const id = anyone();
    // A sign-in and an import at once never make two users.
    const [signedIn, { done, userId }] = await Promise.all([comes('wechat', id), imported(id)]);
    expect(done).toBe(signedIn.userId === userId);
  });

  it('follows a correction of the issuer', async () => {
    const unionid = `u-${anyone()}`;
    const { userId, identityId } = await imported(unionid, { alias: 'wechat-2' });
    const { token, userinfo } = (await world.connection('wechat-2')).registration.endpoints;
    await world.connections.change('wechat-2', {
      client_secret: 'secret',
      endpoints: { token, userinfo, issuer: 'https://wechat.example' },
    });
    expect(await rowOf(identityId)).toMatchObject({ issuer: 'https://wechat.example#unconfirmed' });
    expect((await comes('wechat-2', `o-${anyone()}`, unionid)).userId).toBe(userId);
  });
});
