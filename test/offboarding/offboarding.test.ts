import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createIdentityRemovals } from '../../src/identities/identity-removals-store.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createLog } from '../../src/kit/log.ts';
import { Problem } from '../../src/kit/problem.ts';
import { createOffboarding, createRemovals } from '../../src/offboarding/offboarding.ts';
import type { RemovalDeps, Removals } from '../../src/offboarding/ports.ts';
import { createForgetNames } from '../../src/reporting/bulk-names-store.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { revocationWorld } from '../vault/revocation-world.ts';

let world: VaultWorld;
let see: ReturnType<typeof revocationWorld>;
let deps: RemovalDeps;
let failing: Removals;
let people = 0;
let person: { readonly userId: string; readonly identityIds: readonly string[] };

beforeAll(async () => {
  world = await createVaultWorld();
  see = revocationWorld(world);
  const { database, rowTags, connections, upstreamRevocations, ownerMoves } = world;
  const events = createEvents(database.pool, createLog('silent'));
  const identityRemovals = createIdentityRemovals(rowTags);
  const forgetNames = createForgetNames(rowTags);
  deps = { database, connections, events, identityRemovals, upstreamRevocations, ownerMoves, forgetNames };
  failing = createRemovals({
    ...deps,
    upstreamRevocations: {
      ...upstreamRevocations,
      async enqueue(transaction, holders) {
        await upstreamRevocations.enqueue(transaction, holders);
        throw new Error('the queue fails');
      },
    },
  });
});

beforeEach(async () => {
  person = await see.person(`visitor-${++people}`, ['github', 'google']);
});

const eventsOf = (type: string) => world.database.prisma.auditEvent.count({ where: { type } });

describe('a removal whose upstream revocation cannot be queued', () => {
  it.each<[string, string, () => Promise<unknown>]>([
    [
      'an identity',
      'identity.unlinked',
      () => failing.unlink({ userId: person.userId, identityId: person.identityIds[1] ?? '' }),
    ],
    ['a user', 'user.deleted', () => failing.eraseUser(person.userId)],
    ['a connection', 'connection.removed', () => failing.removeConnection('google')],
  ])('keeps %s with its token set, and writes no event', async (_what, type, remove) => {
    await expect(remove()).rejects.toThrow('the queue fails');
    expect((await world.identities.ofUser(person.userId)).map(({ id }) => id)).toEqual(person.identityIds);
    expect(await see.entries(person.identityIds)).toBe(2);
    expect(await see.rows(person.identityIds[1] ?? '')).toEqual([]);
    expect(await world.connections.findNow('google')).toBeDefined();
    expect(await eventsOf(type)).toBe(0);
  });
});

describe('the order of a use case', () => {
  function recorded(removals: Partial<Removals> = {}) {
    const calls: string[] = [];
    const call =
      <T>(name: string, result: T) =>
      async (): Promise<T> => {
        calls.push(name);
        return result;
      };
    const offboarding = createOffboarding({
      removals: {
        unlink: call('removal', undefined),
        eraseUser: call('removal', undefined),
        mergeUsers: call('removal', undefined),
        removeConnection: call('removal', { identities: 1, grants: 1, people: 1 }),
        previewRemoval: call('counts', { identities: 1, grants: 1, people: 1 }),
        queueEndOfSessions: call('queue', undefined),
        ...removals,
      },
      issuance: {
        revokeUser: call('our tokens', undefined),
        eraseUser: call('our tokens', undefined),
        runConnectionEndings: call('sessions and grants', undefined),
      },
      accountSessions: {
        endOthers: call('account page', undefined),
        endOf: call('account page', undefined),
      },
      upstreamRevocations: {
        attemptNow: call('provider', undefined),
        runSoon: () => void calls.push('provider later'),
        outcome: call('outcome', 'revoked' as const),
      },
      log: createLog('silent'),
    });
    return { calls, offboarding };
  }

  it('ends the broker’s tokens of an unlinked identity before it waits for the provider', async () => {
    const { calls, offboarding } = recorded();
    expect(await offboarding.unlinkIdentity({ userId: 'usr_1', identityId: 'idn_1' })).toBe('revoked');
    expect(calls).toEqual(['removal', 'our tokens', 'account page', 'provider', 'outcome']);
  });

  it('ends the broker’s tokens of an erased user before the user is gone', async () => {
    const { calls, offboarding } = recorded();
    await offboarding.eraseUser('usr_1');
    expect(calls).toEqual(['our tokens', 'removal', 'account page', 'provider']);
  });

  it('merges before it ends what was issued to the merged user, and asks no provider', async () => {
    const { calls, offboarding } = recorded();
    await offboarding.mergeUsers({ into: 'usr_1', from: 'usr_2' });
    expect(calls).toEqual(['removal', 'our tokens', 'account page']);
  });

  it('does not wait for the provider of a removed connection', async () => {
    const { calls, offboarding } = recorded();
    expect(await offboarding.removeConnection('google')).toEqual({
      identities: 1,
      grants: 1,
      people: 1,
    });
    expect(calls).toEqual(['removal', 'provider later', 'sessions and grants']);
  });

  it('erases a user whose last account is to be deleted, and does not wait for the provider', async () => {
    const { calls, offboarding } = recorded({
      async unlink() {
        throw new Problem('last_identity');
      },
    });
    await offboarding.eraseAccount({ userId: 'usr_1', identityId: 'idn_1' });
    expect(calls).toEqual(['our tokens', 'removal', 'account page', 'provider later']);
  });
});

it('a sign-in during the removal of a connection waits, and fails after it', async () => {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const { connections } = deps;
  const slow = createRemovals({
    ...deps,
    connections: {
      ...connections,
      async remove(transaction, id) {
        reached.resolve();
        await gate.promise;
        await connections.remove(transaction, id);
      },
    },
  });
  const removal = slow.removeConnection('google');
  await reached.promise;
  const late = world.signIn('google', `visitor-${++people}`).then(
    () => 'signed in',
    () => 'refused',
  );
  expect(await Promise.race([late, pause(300, 'waits')])).toBe('waits');
  gate.resolve();
  await removal;
  expect(await late).toBe('refused');
});
