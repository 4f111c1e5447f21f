import { beforeAll, describe, expect, it } from 'vitest';
import { aliases, createStage, type Stage } from '../login/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});

// GitHub ends the oldest of more than ten tokens of one person and app, used or not.
const crowds = aliases.map((alias) => ({ alias, many: alias === 'github' ? 10 : 20 }));

describe.each(crowds)('$many browsers with one new account of $alias', ({ alias, many }) => {
  it('create one user at once, and all are signed in', async () => {
    const user = stage.someone();
    const before = await stage.tally();
    const doors = [];
    for (let index = 0; index < many; index += 1) doors.push(await stage.atTheDoor(alias, { user }));
    const landed = await Promise.all(doors.map(({ browser, callback }) => stage.comeBack(browser, callback)));
    const codes = landed.map(({ url }) => url.searchParams.get('code'));
    expect(codes.filter(Boolean)).toHaveLength(many);
    expect(await stage.tally()).toMatchObject({
      users: before.users + 1,
      identities: before.identities + 1,
      entries: before.entries + 1,
      tokenRequests: before.tokenRequests + many,
    });
  });
});

describe('an attacker', () => {
  it.each(aliases)('signs in with %s as herself, whatever her profile says', async (alias) => {
    const lin = await stage.atTheDoor(alias, { user: 'lin' });
    await stage.comeBack(lin.browser, lin.callback);
    const before = await stage.tally();
    const mallory = await stage.atTheDoor(alias, { user: 'mallory' });
    const consent = await mallory.browser.open(mallory.callback);
    expect(consent.html).not.toMatch(/<img src=x|javascript:|\u202E/);
    expect((await stage.comeBack(mallory.browser, consent.url)).stopped).toBe(true);
    const after = await stage.tally();
    expect([after.users, after.identities]).toEqual([before.users + 1, before.identities + 1]);
  });
});

describe('a disabled user', () => {
  it('is rejected at the callback, and nothing of the sign-in is stored', async () => {
    const user = stage.someone();
    const first = await stage.atTheDoor('google', { user });
    await stage.comeBack(first.browser, first.callback);
    const { prisma } = stage.world.database;
    // The clock of tests stands still, so the ids give the order.
    const { id } = await prisma.user.findFirstOrThrow({ orderBy: { id: 'desc' } });
    await stage.world.broker.identities.setDisabled(id, true);
    const entry = await prisma.vaultEntry.findFirst({ where: { identity: { userId: id } } });

    const again = await stage.atTheDoor('google', { user });
    const [before, events] = [await stage.tally(), await stage.countEvents()];
    const answer = await again.browser.open(again.callback);
    expect([answer.status, answer.stopped]).toEqual([403, false]);
    expect(await stage.tally()).toEqual({ ...before, tokenRequests: before.tokenRequests + 1 });
    expect((await stage.eventsSince(events)).map(({ detail }) => detail.code)).toEqual(['user_disabled']);
    expect(await prisma.vaultEntry.findFirst({ where: { identity: { userId: id } } })).toEqual(entry);
    for (const { browser } of [first, again]) {
      const { url } = await stage.app.start({ prompt: 'none' });
      expect((await browser.open(url)).url.searchParams.has('code')).toBe(false);
    }
  });
});
