import { beforeAll, expect, it } from 'vitest';
import { createRekey, type Rekey } from '../../src/assembly/rekey.ts';
import { createSubjectMoves } from '../../src/identities/subject-moves-store.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createLog } from '../../src/kit/log.ts';
import { createOwnerMoves } from '../../src/vault/owner-moves.ts';
import { createVaultWorld } from '../support/vault-world.ts';

// An identity gets the id that the provider has for its account, and its tokens follow.

type World = Awaited<ReturnType<typeof createVaultWorld>>;

let world: World;
let rekey: Rekey;

beforeAll(async () => {
  world = await createVaultWorld();
  const { database, keyring, rowTags } = world;
  const log = createLog('silent');
  rekey = createRekey({
    database,
    subjectMoves: createSubjectMoves(rowTags),
    ownerMoves: createOwnerMoves(keyring, log),
    events: createEvents(database.pool, log),
  });
});

async function held(identityId: string) {
  const [identity] = await world.identities.byIds([identityId]);
  if (!identity) throw new Error('the identity is gone');
  const connection = await world.connection('google');
  const target = { identityId, userId: identity.userId, subject: identity.subject, connection };
  return await world.vault.freshToken(target, { minTtl: 0, refreshedSince: undefined });
}

it('an identity gets another subject, with its tokens and an event', async () => {
  const { identityId, userId } = await world.signIn('google', 'ada');
  const [identity] = await world.identities.byIds([identityId]);
  if (!identity) throw new Error('the identity is gone');
  const to = { issuer: identity.issuer, subject: 'another' };
  expect(await rekey(identity, to)).toBe(true);
  expect(await world.identities.byIds([identityId])).toMatchObject([{ userId, subject: 'another' }]);
  expect(await held(identityId)).toMatchObject({ kind: 'token' });
  const events = await world.database.prisma.auditEvent.findMany({ where: { type: 'identity.rekeyed' } });
  expect(events).toMatchObject([
    { userId, identityId, detail: { changes: { subject: { from: identity.subject, to: 'another' } } } },
  ]);
  // It was read before the change.
  expect(await rekey(identity, { ...to, subject: 'a third' })).toBe(false);
});

it('an identity never takes the key of another one, also of two changes at once', async () => {
  const [one, other] = [await world.signIn('google', 'sam'), await world.signIn('google', 'lin')];
  const [sam, lin] = await Promise.all(
    [one, other].map(async ({ identityId }) => (await world.identities.byIds([identityId]))[0]),
  );
  if (!sam || !lin) throw new Error('an identity is gone');
  expect(await rekey(sam, { issuer: sam.issuer, subject: lin.subject })).toBe(false);
  const to = { issuer: sam.issuer, subject: 'wanted by both' };
  const outcomes = await Promise.all([rekey(sam, to), rekey(lin, to)]);
  expect(outcomes.filter(Boolean)).toHaveLength(1);
  expect(await held(one.identityId)).toMatchObject({ kind: 'token' });
  expect(await held(other.identityId)).toMatchObject({ kind: 'token' });
});
