import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { hours, minutes } from '../../src/kit/clock.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { holdBack } from '../support/hold-back.ts';
import { createImportWorld, fileOf, type ImportAsk, type ImportWorld, lines } from './import-world.ts';
import { createOldProduct, type OldProduct } from './old-product.ts';

// Two imports from a product that goes on running, and what has become of the tokens between them.

let world: ImportWorld;
let old: OldProduct;
let visitors = 0;
let ada: string;

beforeAll(async () => {
  world = await createImportWorld();
});
beforeEach(async () => {
  await world.empty();
  old = createOldProduct(world);
  visitors += 1;
  ada = `visitor-${visitors}`;
});

/** Imports dry and for real. Both have to say the same. */
async function take(records: readonly object[] = old.export(), ask: ImportAsk = {}) {
  const file = await fileOf(lines(records));
  const dry = await world.run(file, readBetterAuthUser, { ...ask, dry: true });
  const done = await world.run(file, readBetterAuthUser, ask);
  expect(done.tally).toEqual(dry.tally);
  expect(done.left).toEqual(dry.left);
  return done;
}

/** Imports a second time. The third run changes nothing. */
async function takeDifference(records?: readonly object[], ask?: ImportAsk) {
  const second = await take(records, ask);
  const after = await world.contents();
  const { tally } = await take(records, ask);
  expect(tally.tokens).toMatchObject({ new: 0, replaced: 0 });
  expect(await world.contents()).toEqual(after);
  return second;
}

const kept = (connection: string, reason: string) => [{ user: ada, connection, reason }];

async function here(alias: string) {
  const connection = await world.connection(alias);
  const [identity] = await world.identities.ofSubject(old.subject(ada, alias), [connection.id]);
  if (!identity) throw new Error(`no account at ${alias}`);
  return identity;
}

async function tokenHere(alias: string, minTtl = 0): Promise<string> {
  const { userId } = await here(alias);
  const token = await world.fresh(userId, alias, minTtl);
  return token.kind === 'token' ? token.accessToken.reveal() : token.kind;
}

/** The token works, and can be refreshed where the provider refreshes. */
async function expectLiving(alias: string): Promise<void> {
  world.clock.advance(hours(3));
  expect((await world.fresh((await here(alias)).userId, alias)).kind).toBe('token');
}

describe('a token that the old product has renewed since the first import', () => {
  it('is taken for an account that an operator has marked, and the mark stays', async () => {
    await old.signIn(ada, 'gitlab');
    await take();
    const { id, userId, subject } = await here('gitlab');
    const connection = await world.connection('gitlab');
    await world.vault.askAgain({ identityId: id, userId, subject, connection });
    world.clock.advance(minutes(10));
    await old.refresh(ada, 'gitlab');
    expect((await take()).tally.tokens).toMatchObject({ new: 0, replaced: 1 });
    expect(await tokenHere('gitlab')).toBe('reauthorization_required');
    expect((await take()).tally.tokens).toMatchObject({ new: 0, replaced: 0 });
  });

  it.each(['gitlab', 'strict', 'google'])('is taken at %s, where it was refreshed', async (alias) => {
    await old.signIn(ada, alias);
    await take();
    world.clock.advance(minutes(10));
    await old.refresh(ada, alias);
    const { tally, left } = await takeDifference();
    expect(tally.tokens).toMatchObject({ new: 0, replaced: 1, kept: 0 });
    expect(left).toEqual([]);
    expect(await tokenHere(alias)).toBe(old.accessToken(ada, alias));
    await expectLiving(alias);
  });

  it('is taken at GitHub, where no token has an end', async () => {
    await old.signIn(ada, 'github');
    await take();
    world.clock.advance(minutes(10));
    await old.signIn(ada, 'github');
    const { tally } = await takeDifference();
    expect(tally.tokens).toMatchObject({ replaced: 1, kept: 0 });
    expect(await tokenHere('github')).toBe(old.accessToken(ada, 'github'));
  });

  it('is recorded with the version of the entry', async () => {
    await old.signIn(ada, 'gitlab');
    await take();
    world.clock.advance(minutes(10));
    await old.refresh(ada, 'gitlab');
    await take();
    const { id: identityId, userId } = await here('gitlab');
    const where = { identityId, type: 'token.deposited' };
    expect(await world.database.prisma.auditEvent.findMany({ where })).toMatchObject([
      { userId, connection: 'gitlab', detail: { outcome: 'replaced', version: 2, by: 'import' } },
    ]);
  });

  it('is told from the older one by its end alone', async () => {
    const stated = { times: false, ends: true };
    await old.signIn(ada, 'gitlab');
    const first = old.export(stated);
    await take(first);
    world.clock.advance(minutes(10));
    await old.refresh(ada, 'gitlab');
    expect((await takeDifference(old.export(stated))).tally.tokens).toMatchObject({ replaced: 1 });
    const again = await takeDifference(first);
    expect(again.left).toEqual(kept('gitlab', 'stored_is_newer'));
  });

  it('is told by the time of the export, if neither states a time', async () => {
    const silent = { times: false, ends: false };
    await old.signIn(ada, 'github');
    const first = old.export(silent);
    await take(first);
    world.clock.advance(minutes(10));
    await old.signIn(ada, 'github');
    const second = old.export(silent);
    expect((await takeDifference(second)).left).toEqual(kept('github', 'order_unknown'));
    const before = new Date(world.clock.now().getTime() - hours(1));
    expect((await take(second, { exportedAt: before })).left).toEqual(kept('github', 'stored_is_newer'));
    const { tally } = await takeDifference(second, { exportedAt: world.clock.now() });
    expect(tally.tokens).toMatchObject({ replaced: 1 });
    const again = await take(first, { exportedAt: before });
    expect(again.left).toEqual(kept('github', 'stored_is_newer'));
  });

  it('is taken while a refresh with the older one is under way, and survives its refusal', async () => {
    await old.signIn(ada, 'gitlab');
    await take();
    world.clock.advance(hours(3));
    await old.refresh(ada, 'gitlab');
    const { userId, id } = await here('gitlab');
    const release = await holdBack(world.control, 'gitlab', { on: 'refresh', after: true });
    const asked = world.fresh(userId, 'gitlab');
    await expect.poll(() => openJournal(id)).toBe(1);
    expect((await take()).tally.tokens).toMatchObject({ replaced: 1 });
    await release();
    await asked;
    expect(await world.health(userId, 'gitlab')).toMatchObject({ state: 'active' });
    expect(await tokenHere('gitlab')).toBe(old.accessToken(ada, 'gitlab'));
    await expectLiving('gitlab');
  });

  it('is taken over one that has died here, whatever the times, but not once more', async () => {
    const silent = { times: false, ends: false };
    await old.signIn(ada, 'gitlab');
    await take(old.export(silent));
    const { userId, id } = await here('gitlab');
    await old.refresh(ada, 'gitlab');
    const died = { reason: 'rejected', error: 'grant-dead:invalid_grant' } as const;
    await createEntryStore(world.database).markDead(id, 1, died);
    expect((await takeDifference(old.export(silent))).tally.tokens).toMatchObject({ replaced: 1 });
    expect(await world.health(userId, 'gitlab')).toMatchObject({ state: 'active' });
    await expectLiving('gitlab');
  });

  it('is taken over one that no key opens', async () => {
    await old.signIn(ada, 'gitlab');
    await take();
    await world.database.pool.query(`UPDATE vault_entry SET ciphertext = 'x'`);
    expect((await takeDifference()).tally.tokens).toMatchObject({ replaced: 1 });
    await expectLiving('gitlab');
  });
});

describe('the stored token stays', () => {
  it('if the broker has refreshed it and it is alive', async () => {
    await old.signIn(ada, 'gitlab');
    await take();
    world.clock.advance(hours(3));
    const mine = await tokenHere('gitlab', minutes(1));
    world.clock.advance(minutes(10));
    await old.signIn(ada, 'gitlab');
    const { left, tally } = await takeDifference();
    expect(left).toEqual(kept('gitlab', 'refreshed_here'));
    expect(tally.tokens).toMatchObject({ replaced: 0, kept: 1, same: 0 });
    expect(await tokenHere('gitlab')).toBe(mine);
  });

  it('if the person has signed in here, before the import or after it', async () => {
    await old.signIn(ada, 'gitlab');
    await world.signIn('gitlab', ada);
    const mine = await tokenHere('gitlab');
    expect((await takeDifference()).left).toEqual(kept('gitlab', 'stored_from_sign_in'));
    world.clock.advance(minutes(10));
    await old.signIn(ada, 'gitlab');
    expect((await takeDifference()).left).toEqual(kept('gitlab', 'stored_from_sign_in'));
    expect(await tokenHere('gitlab')).toBe(mine);
  });

  it('if it is the same, without a write or a line in the report', async () => {
    await old.signIn(ada, 'gitlab', 'github', 'google');
    await take();
    const { tally, left } = await takeDifference();
    expect(tally.tokens).toEqual({ new: 0, replaced: 0, kept: 3, same: 3 });
    expect(left).toEqual([]);
  });

  it('if it was revoked here', async () => {
    await old.signIn(ada, 'gitlab');
    await take();
    const { userId, id: identityId, subject } = await here('gitlab');
    const connection = await world.connection('gitlab');
    await world.upstreamRevocations.revoke({ identityId, userId, subject, connection });
    world.clock.advance(minutes(10));
    await old.signIn(ada, 'gitlab');
    expect((await takeDifference()).left).toEqual(kept('gitlab', 'revoked_here'));
  });
});

describe('Google, which issues a refresh token with the first consent only', () => {
  const withoutRefreshToken = () => world.signIn('google', ada);

  it.each(['before', 'after'])('joins that of the old product with a sign-in %s the import', async (when) => {
    await old.signIn(ada, 'google');
    if (when === 'before') await withoutRefreshToken();
    await take();
    if (when === 'after') await withoutRefreshToken();
    const mine = await tokenHere('google');
    const { left, tally } = await takeDifference();
    expect([left, tally.tokens]).toMatchObject([[], { replaced: 0, same: 1 }]);
    expect(await tokenHere('google')).toBe(mine);
    await expectLiving('google');
  });

  it('joins a newer one of the old product in its place', async () => {
    await old.signIn(ada, 'google');
    await take();
    await withoutRefreshToken();
    const mine = await tokenHere('google');
    world.clock.advance(minutes(10));
    await old.signIn(ada, 'google');
    expect((await takeDifference()).tally.tokens).toMatchObject({ replaced: 1 });
    expect(await tokenHere('google')).toBe(mine);
    await expectLiving('google');
  });
});

it('two records with tokens of one account count like two exports', async () => {
  await old.signIn(ada, 'gitlab');
  const first = old.export();
  world.clock.advance(minutes(10));
  await old.refresh(ada, 'gitlab');
  const { tally } = await take([...first, ...old.export(), ...first]);
  expect(tally.tokens).toEqual({ new: 1, replaced: 1, kept: 1, same: 0 });
  expect(await tokenHere('gitlab')).toBe(old.accessToken(ada, 'gitlab'));
});

describe('a product that drops the refresh token at a later sign-in, as Logto does at Google', () => {
  /** The row after a sign-in whose answer has no refresh token. */
  const withoutRefreshToken = () =>
    old.export().map((user) => {
      const { accounts, ...rest } = user as { readonly accounts: readonly object[] };
      return { ...rest, accounts: accounts.map((account) => ({ ...account, refreshToken: null })) };
    });

  it('gives each later access token to the refresh token that is here', async () => {
    await old.signIn(ada, 'gitlab');
    await take();
    for (const _ of [1, 2]) {
      world.clock.advance(minutes(10));
      await old.signIn(ada, 'gitlab');
      expect((await takeDifference(withoutRefreshToken())).tally.tokens).toMatchObject({ replaced: 1 });
      expect(await tokenHere('gitlab')).toBe(old.accessToken(ada, 'gitlab'));
    }
    await expectLiving('gitlab');
  });

  it('does not bring back an older access token, and does bring a newer pair', async () => {
    await old.signIn(ada, 'gitlab');
    const first = old.export();
    await take(first);
    world.clock.advance(minutes(10));
    await old.signIn(ada, 'gitlab');
    const second = withoutRefreshToken();
    await take(second);
    world.clock.advance(minutes(10));
    await old.signIn(ada, 'gitlab');
    await takeDifference(withoutRefreshToken());
    const newest = await tokenHere('gitlab');
    expect((await takeDifference(second)).left).toEqual(kept('gitlab', 'stored_is_newer'));
    expect(await tokenHere('gitlab')).toBe(newest);
    await takeDifference(first);
    expect(await tokenHere('gitlab')).toBe(newest);
    world.clock.advance(minutes(10));
    await old.signIn(ada, 'gitlab');
    expect((await takeDifference()).tally.tokens).toMatchObject({ replaced: 1 });
    expect(await tokenHere('gitlab')).toBe(old.accessToken(ada, 'gitlab'));
    await expectLiving('gitlab');
  });
});

describe('a product whose clock or zone is ahead', () => {
  /** The rows with times of a zone that the export does not name. */
  const ahead = () =>
    old.export().map((user) => {
      const { accounts, ...rest } = user as { readonly accounts: readonly { updatedAt: string }[] };
      const later = (time: string) => new Date(Date.parse(time) + hours(8)).toISOString();
      return { ...rest, accounts: accounts.map((one) => ({ ...one, updatedAt: later(one.updatedAt) })) };
    });

  it('does not make its older token the newer one', async () => {
    await old.signIn(ada, 'gitlab');
    const first = ahead();
    await take(first);
    world.clock.advance(minutes(10));
    await old.refresh(ada, 'gitlab');
    expect((await takeDifference(ahead())).tally.tokens).toMatchObject({ replaced: 1 });
    world.clock.advance(minutes(10));
    expect((await takeDifference(first)).left).toEqual(kept('gitlab', 'stored_is_newer'));
    expect(await tokenHere('gitlab')).toBe(old.accessToken(ada, 'gitlab'));
    await expectLiving('gitlab');
  });
});

async function openJournal(identityId: string): Promise<number> {
  const where = { identityId };
  return await world.database.prisma.refreshIntent.count({ where });
}
