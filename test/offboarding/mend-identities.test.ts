import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createRekey } from '../../src/assembly/rekey.ts';
import { createBrowserSessionStore } from '../../src/http/browser-session-store.ts';
import { createIdentityRemovals } from '../../src/identities/identity-removals-store.ts';
import { createIdentityStore } from '../../src/identities/identity-store.ts';
import { createMistakenIdentities } from '../../src/identities/mistaken-store.ts';
import { createSubjectMoves } from '../../src/identities/subject-moves-store.ts';
import { hours, minutes } from '../../src/kit/clock.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createLog } from '../../src/kit/log.ts';
import { createAskSubject } from '../../src/offboarding/ask-subject.ts';
import { createMendIdentities, type MendOptions } from '../../src/offboarding/mend-identities.ts';
import { createMergeMistaken } from '../../src/offboarding/merge-mistaken.ts';
import { createEntryMoves } from '../../src/vault/entry-moves.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { connectionWith, importedAs } from '../support/mistaken-import.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// Accounts that an import stored under an id that no sign-in produces are found and put right, without the file.

let world: VaultWorld;
let run: ReturnType<typeof createMendIdentities>;
const eraseUser = vi.fn(async () => undefined);

beforeAll(async () => {
  world = await createVaultWorld({ providers: ['microsoft', 'hubspot', 'salesforce', 'slack'] });
  const { database, keyring, rowTags, clock, ownerMoves, vault } = world;
  const events = createEvents(database.pool, createLog('silent'));
  const mistaken = createMistakenIdentities(database.prisma, rowTags);
  run = createMendIdentities({
    mistaken,
    holdsRole: async (userId) => ((await world.identities.findUser(userId))?.roles.length ?? 0) > 0,
    vault,
    ask: createAskSubject(vault),
    rekey: createRekey({ database, subjectMoves: createSubjectMoves(rowTags), ownerMoves, events }),
    merge: createMergeMistaken({
      ...{ database, ownerMoves, events, clock, mistaken },
      issuance: { eraseUser } as never,
      identityRemovals: createIdentityRemovals(rowTags),
      entryMoves: createEntryMoves(keyring),
      accountSessions: createBrowserSessionStore(database.pool),
    }),
  });
});
beforeEach(async () => {
  await world.database.pool.query('TRUNCATE "user", departure CASCADE');
});

async function mend(options: Partial<MendOptions> = {}) {
  const found = [];
  const connections = await world.connections.all();
  const unless = { ask: false, write: false, merge: false, changeRoleHolders: false };
  for await (const one of run({ connections, ...unless, ...options })) found.push(one);
  return found;
}

const subjectOf = async (alias: string, user: string) => (await world.arrive(alias, user)).account.subject;
const linked = async (userId: string) => await world.identities.ofUser(userId);
const events = (type: string) => world.database.prisma.auditEvent.findMany({ where: { type } });

async function held(identityId: string, alias: string, minTtl = 0) {
  const [identity] = await world.identities.byIds([identityId]);
  const connection = await world.connection(alias);
  const target = { identityId, userId: identity?.userId ?? '', subject: identity?.subject ?? '', connection };
  return await world.vault.freshToken(target, { minTtl, refreshedSince: undefined });
}

it('an object id of a connection with one tenant gets it; a dry run changes nothing', async () => {
  const subject = await subjectOf('microsoft', 'ada');
  const [tid = '', oid = ''] = subject.split(':');
  await connectionWith(world, 'entra', { like: 'microsoft', options: { tenant: tid } });
  const { userId, identityId } = await importedAs(world, 'entra', { subject: oid, of: 'ada' });
  const found = { connection: 'entra', identityId, userId, subject: oid, right: subject, outcome: 'rekeyed' };
  expect(await mend()).toEqual([found]);
  expect(await linked(userId)).toMatchObject([{ subject: oid }]);
  expect(await mend({ write: true })).toEqual([found]);
  expect(await linked(userId)).toMatchObject([{ id: identityId, subject }]);
  expect(await held(identityId, 'entra')).toMatchObject({ kind: 'token' });
  expect((await world.signIn('entra', 'ada')).userId).toBe(userId);
  expect(await mend({ write: true })).toEqual([]);
});

it.each([
  ['microsoft', ':'],
  ['salesforce', '-'],
  ['slack', ':'],
  ['hubspot', '-'],
])('%s is asked about an account that nothing else explains, by the stored tokens', async (alias, mark) => {
  const subject = await subjectOf(alias, 'ada');
  const kept = subject.slice(subject.indexOf(mark) + 1);
  const { userId, identityId } = await importedAs(world, alias, { subject: kept, of: 'ada' });
  const about = { connection: alias, identityId, userId, subject: kept };
  expect(await mend({ ask: true })).toEqual([{ ...about, outcome: 'ask_provider' }]);
  expect(await mend({ write: true })).toEqual([{ ...about, outcome: 'ask_provider' }]);
  expect(await mend({ write: true, ask: true })).toEqual([{ ...about, right: subject, outcome: 'rekeyed' }]);
  expect(await held(identityId, alias)).toMatchObject({ kind: 'token' });
  expect((await world.signIn(alias, 'ada')).userId).toBe(userId);
});

it('an answer about another account puts nothing right', async () => {
  const subject = await subjectOf('slack', 'ada');
  const [, kept = ''] = subject.split(':');
  const { userId } = await importedAs(world, 'slack', { subject: kept, of: 'lin' });
  await importedAs(world, 'salesforce', { subject: '005000000000001AAA' });
  expect(await mend({ write: true, ask: true })).toMatchObject([
    { outcome: 'unknown_subject' },
    { outcome: 'provider_silent' },
  ]);
  expect(await linked(userId)).toMatchObject([{ subject: kept }]);
});

/** An imported user with two accounts, and the user whom the person became by a sign-in. */
async function twice() {
  const subject = await subjectOf('slack', 'ada');
  const [team = '', kept = ''] = subject.split(':');
  const alias = `slack-${team.toLowerCase()}`;
  if (!(await world.connections.findNow(alias)))
    await connectionWith(world, alias, { like: 'slack', options: { team } });
  const imported = await importedAs(world, alias, { subject: kept, of: 'ada' });
  const { userId } = imported;
  const further = await importedAs(world, 'google', {
    subject: await subjectOf('google', 'ada'),
    of: 'ada',
    userId,
  });
  const signedIn = await world.signIn(alias, 'ada');
  return { alias, subject, imported, further, signedIn };
}

it('a person who became a second user is merged into that user if the operator says so', async () => {
  const { alias, subject, imported, further, signedIn } = await twice();
  const { userId: into } = signedIn;
  expect(await mend({ write: true })).toMatchObject([{ outcome: 'several_users', into }]);
  expect(await mend({ merge: true })).toMatchObject([{ outcome: 'merged', into }]);
  expect(await linked(imported.userId)).toHaveLength(2);
  expect(await mend({ write: true, merge: true })).toMatchObject([{ outcome: 'merged', into }]);
  expect(await world.identities.findUser(imported.userId)).toBeUndefined();
  expect(eraseUser).toHaveBeenCalledWith(imported.userId);
  const left = (await linked(into)).map(({ id }) => id).toSorted();
  expect(left).toEqual([signedIn.identityId, further.identityId].toSorted());
  expect(await linked(into)).toContainEqual(expect.objectContaining({ id: signedIn.identityId, subject }));
  for (const { identityId, at } of [
    { ...signedIn, at: alias },
    { ...further, at: 'google' },
  ])
    expect(await held(identityId, at)).toMatchObject({ kind: 'token' });
  expect(await events('user.merged')).toMatchObject([{ userId: into, detail: { from: imported.userId } }]);
  // The sign-in and the next import find one user.
  expect((await world.signIn('google', 'ada')).userId).toBe(into);
  expect(await mend({ write: true, merge: true })).toEqual([]);
});

it('tokens of the imported account stay where those of the sign-in are dead or missing', async () => {
  const entries = createEntryStore(world.database);
  const first = await twice();
  const died = { reason: 'rejected', error: 'grant-dead:invalid_grant' } as const;
  await entries.markDead(first.signedIn.identityId, 1, died);
  await mend({ write: true, merge: true });
  expect(await held(first.signedIn.identityId, first.alias)).toMatchObject({ kind: 'token' });

  await world.database.pool.query('TRUNCATE "user", departure CASCADE');
  const second = await twice();
  await world.database.prisma.vaultEntry.deleteMany({ where: { identityId: second.signedIn.identityId } });
  await mend({ write: true, merge: true });
  expect(await held(second.signedIn.identityId, second.alias)).toMatchObject({ kind: 'token' });
});

it('tokens of the imported account stay where those of the sign-in have ended unnoticed', async () => {
  const { signedIn, alias } = await twice();
  const past = new Date(world.clock.now().getTime() - 1000);
  const data = { refreshable: false, accessExpiresAt: past };
  await world.database.prisma.vaultEntry.update({ where: { identityId: signedIn.identityId }, data });
  await mend({ write: true, merge: true });
  expect(await held(signedIn.identityId, alias)).toMatchObject({ kind: 'token' });
});

it('a token of the sign-in gets the refresh token that only the imported account has', async () => {
  const [tid = '', oid = ''] = (await subjectOf('microsoft', 'ada')).split(':');
  const alias = 'entra-join';
  await connectionWith(world, alias, { like: 'microsoft', options: { tenant: tid } });
  await importedAs(world, alias, { subject: oid, of: 'ada' });
  const { account, connection, tokens, ...arrival } = await world.arrive(alias, 'ada');
  const owner = await world.identities.findOrCreate({ account, connection, tokens, ...arrival });
  const of = { ...owner, subject: account.subject, connection };
  await world.vault.storeTokens({ ...of, tokens: tokens && { ...tokens, refreshToken: undefined } });
  const mine = await held(owner.identityId, alias);
  expect(await mend({ write: true, merge: true })).toMatchObject([{ outcome: 'merged' }]);
  expect(await held(owner.identityId, alias)).toMatchObject({ ...mine, version: 2 });
  world.clock.advance(hours(3));
  expect(await held(owner.identityId, alias, minutes(1))).toMatchObject({ kind: 'token' });
});

it('a refresh that is under way is waited for, since its answer must not be lost', async () => {
  const { imported, signedIn } = await twice();
  const entries = createEntryStore(world.database);
  await entries.acquireLease(imported.identityId, 'another process', 60);
  expect(await mend({ write: true, merge: true })).toMatchObject([{ outcome: 'busy' }]);
  expect(await linked(imported.userId)).toHaveLength(2);
  await entries.releaseLease(imported.identityId, 'another process');
  expect(await mend({ write: true, merge: true })).toMatchObject([{ into: signedIn.userId }]);
});

it.each([
  ['user_disabled', 'imported', { disabledAt: new Date() }],
  ['user_disabled', 'signedIn', { disabledAt: new Date() }],
  ['has_role', 'imported', { roles: ['viewer'] }],
  ['has_role', 'signedIn', { roles: ['owner'] }],
] as const)('no users are merged: %s of the user who is %s', async (outcome, which, change) => {
  const people = await twice();
  const store = createIdentityStore(world.database, world.rowTags);
  expect(await store.changeUser(people[which].userId, change)).toBe(true);
  for (const write of [false, true]) expect(await mend({ write, merge: true })).toMatchObject([{ outcome }]);
  expect(await linked(people.imported.userId)).toHaveLength(2);
});

it('an account of a person with a role here is put right only if the operator says so', async () => {
  const [tid = '', oid = ''] = (await subjectOf('microsoft', 'ada')).split(':');
  if (!(await world.connections.findNow('entra')))
    await connectionWith(world, 'entra', { like: 'microsoft', options: { tenant: tid } });
  const { userId } = await importedAs(world, 'entra', { subject: oid, of: 'ada' });
  await world.identities.setRoles(userId, ['support']);
  for (const write of [false, true]) expect(await mend({ write })).toMatchObject([{ outcome: 'holds_role' }]);
  expect(await linked(userId)).toMatchObject([{ subject: oid }]);
  for (const write of [false, true])
    expect(await mend({ write, changeRoleHolders: true })).toMatchObject([{ outcome: 'rekeyed' }]);
  expect((await world.signIn('entra', 'ada')).userId).toBe(userId);
});

it('a wrong account beside the right one of the same user goes, and its tokens stay if they are needed', async () => {
  const { imported, alias, signedIn } = await twice();
  await mend({ write: true, merge: true });
  const [, kept = ''] = (await subjectOf(alias, 'ada')).split(':');
  const { userId } = signedIn;
  const again = await importedAs(world, alias, { subject: kept, of: 'ada', userId });
  expect(await mend({ write: true })).toMatchObject([{ outcome: 'same_user', identityId: again.identityId }]);
  expect(await linked(userId)).toHaveLength(2);
  expect(await linked(imported.userId)).toEqual([]);
  expect(await held(signedIn.identityId, alias)).toMatchObject({ kind: 'token' });
});
