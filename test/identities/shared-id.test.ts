import { beforeAll, describe, expect, it } from 'vitest';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { arrival } from './people.ts';

let world: VaultWorld;
const site = 'wechat';
const account = 'wechat-2';

beforeAll(async () => {
  world = await createVaultWorld();
  await second(account, { family: 'default' });
  await second('wechat-third', { family: 'default' });
  await second('wechat-elsewhere', { family: 'another-company' });
});

/** A second registration at WeChat, like an official account or a mini-program. */
async function second(alias: string, options: Record<string, string>) {
  const { registration } = await world.connection(site);
  await world.connections.create({
    alias,
    provider: 'wechat-web',
    client_id: `wx-${alias}`,
    client_secret: 'secret',
    endpoints: { token: registration.endpoints.token, userinfo: registration.endpoints.userinfo },
    options,
    scopes: [],
    enabled: true,
    for: 'login',
  });
}

let people = 0;
const nobody = () => `person-${++people}`;

const comes = async (alias: string, subject: string, unionid?: string) =>
  world.identities.findOrCreate(
    await arrival(world, alias, {
      subject,
      alternates: unionid === undefined ? {} : { 'wechat:unionid': unionid },
    }),
  );

describe('an id that several apps of one operator share for a person', () => {
  it('leads to the same user when a person signs in by another of the apps', async () => {
    const who = nobody();
    const first = await comes(site, `${who}-site`, who);
    const again = await comes(account, `${who}-account`, who);
    expect(again.userId).toBe(first.userId);
    expect(again.identityId).not.toBe(first.identityId);
  });

  it('that appears later changes nothing for existing users', async () => {
    const who = nobody();
    const before = await comes(site, who);
    const after = await comes(site, who, `union-${who}`);
    expect(after).toEqual(before);
    const [identity] = await world.identities.ofUser(before.userId);
    expect(identity).toMatchObject({ subject: who, alternates: { 'wechat:unionid': `union-${who}` } });
    expect((await comes(account, `${who}-account`, `union-${who}`)).userId).toBe(before.userId);
  });

  it('that is left out once is kept', async () => {
    const who = nobody();
    const { userId } = await comes(site, who, `union-${who}`);
    await comes(site, who);
    expect((await comes(account, `${who}-account`, `union-${who}`)).userId).toBe(userId);
  });

  it('has no effect at a connection of another family, host or app', async () => {
    const who = nobody();
    const { userId } = await comes(site, who, who);
    expect((await comes('wechat-elsewhere', who, who)).userId).not.toBe(userId);
    await world.connections.create({
      alias: `test-server-${who}`,
      provider: 'wechat-web',
      client_id: 'x',
      client_secret: 'secret',
      endpoints: { token: 'https://test.example/token' },
      scopes: [],
      enabled: true,
      for: 'login',
    });
    expect((await comes(`test-server-${who}`, who, who)).userId).not.toBe(userId);
    expect((await comes('github', who, who)).userId).not.toBe(userId);
  });

  it('has no effect if the profile with the id comes from another host', async () => {
    const who = nobody();
    const { registration } = await world.connection(site);
    const { userId } = await comes(site, who, who);
    await world.connections.create({
      alias: `test-profiles-${who}`,
      provider: 'wechat-web',
      client_id: 'x',
      client_secret: 'secret',
      endpoints: { token: registration.endpoints.token, userinfo: 'https://test.example/userinfo' },
      scopes: [],
      enabled: true,
      for: 'login',
    });
    expect((await comes(`test-profiles-${who}`, who, who)).userId).not.toBe(userId);
  });

  it('has no effect any more at a connection that has left the family', async () => {
    const who = nobody();
    const leaver = `wechat-${who}`;
    await second(leaver, { family: 'default' });
    const { userId } = await comes(leaver, `${who}-leaver`, who);
    const stays = await comes(site, `${who}-first`);
    await comes(site, `${who}-first`, who);
    expect(await world.identities.samePersonAs(stays.userId)).toEqual([userId]);
    await world.connections.change(leaver, { options: { family: 'sold' } });
    expect(await world.identities.samePersonAs(stays.userId)).toEqual([]);
    await expect(world.removals.mergeUsers({ into: stays.userId, from: userId })).rejects.toMatchObject({
      code: 'conflict',
    });
    const later = await comes(account, `${who}-account`, who);
    expect(later.userId).toBe(stays.userId);
    expect(later.userId).not.toBe(userId);
  });

  it('of two users that are being merged finds the remaining one', async () => {
    for (let round = 0; round < 10; round += 1) {
      const who = nobody();
      const from = await comes(site, who);
      const into = await comes('wechat-third', `${who}-third`);
      await comes(site, who, who);
      await comes('wechat-third', `${who}-third`, who);
      const [settled] = await Promise.all([
        comes(account, `${who}-account`, who),
        world.removals.mergeUsers({ into: into.userId, from: from.userId }),
      ]);
      const [found] = await world.identities.byIds([settled.identityId]);
      expect(found?.userId).toBe(into.userId);
    }
  });

  it('creates one user for two first sign-ins at the same moment', async () => {
    const who = nobody();
    const settled = await Promise.all([
      comes(site, `${who}-a`, who),
      comes(account, `${who}-b`, who),
      comes(site, `${who}-a`, who),
      comes(account, `${who}-b`, who),
    ]);
    expect(new Set(settled.map(({ userId }) => userId)).size).toBe(1);
  });

  it('does not bypass a disabled user', async () => {
    const who = nobody();
    const { userId } = await comes(site, who, who);
    await world.identities.setDisabled(userId, true);
    await expect(comes(account, `${who}-account`, who)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('two users who belong to one person', () => {
  async function twoOfOne() {
    const who = nobody();
    const older = await comes(site, `${who}-site`);
    const younger = await comes(account, `${who}-account`);
    expect(older.userId).not.toBe(younger.userId);
    await comes(site, `${who}-site`, who);
    await comes(account, `${who}-account`, who);
    return { older, younger, who };
  }

  it('stay two, and each page shows the other', async () => {
    const { older, younger } = await twoOfOne();
    expect(await world.identities.samePersonAs(older.userId)).toEqual([younger.userId]);
    expect(await world.identities.samePersonAs(younger.userId)).toEqual([older.userId]);
    expect(await world.identities.findUser(younger.userId)).toBeDefined();
  });

  it('are merged when the person or an operator requests it', async () => {
    const { older, younger, who } = await twoOfOne();
    await world.removals.mergeUsers({ into: younger.userId, from: older.userId });
    expect(await world.identities.findUser(older.userId)).toBeUndefined();
    const ids = (await world.identities.ofUser(younger.userId)).map(({ id }) => id);
    expect(ids.sort()).toEqual([older.identityId, younger.identityId].sort());
    expect((await comes(site, `${who}-site`, who)).userId).toBe(younger.userId);
    expect(await world.identities.samePersonAs(younger.userId)).toEqual([]);
  });

  it('are not merged if one is disabled, if they are unrelated, or twice', async () => {
    const { older, younger } = await twoOfOne();
    const stranger = await comes('github', nobody());
    const conflict = { code: 'conflict' };
    await expect(
      world.removals.mergeUsers({ into: younger.userId, from: stranger.userId }),
    ).rejects.toMatchObject(conflict);
    await expect(
      world.removals.mergeUsers({ into: younger.userId, from: younger.userId }),
    ).rejects.toMatchObject(conflict);
    await expect(world.removals.mergeUsers({ into: younger.userId, from: 'usr_\0' })).rejects.toMatchObject(
      conflict,
    );
    await world.identities.setDisabled(older.userId, true);
    await expect(
      world.removals.mergeUsers({ into: younger.userId, from: older.userId }),
    ).rejects.toMatchObject(conflict);
    await world.identities.setDisabled(older.userId, false);
    const both = await Promise.allSettled([
      world.removals.mergeUsers({ into: younger.userId, from: older.userId }),
      world.removals.mergeUsers({ into: older.userId, from: younger.userId }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
