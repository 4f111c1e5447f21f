import { expect, it } from 'vitest';
import { createEventAppender, createEventStore } from '../../src/kit/events/event-store.ts';
import { createEvents } from '../../src/kit/events/events.ts';
import { createRateLimitedEvents } from '../../src/kit/events/rate-limited-events.ts';
import { keepRecentChanges } from '../../src/kit/events/recent-changes.ts';
import { createLog } from '../../src/kit/log.ts';
import {
  actAs,
  anonymous,
  asNewRequest,
  currentActor,
  currentAddress,
  runAs,
  runInRequest,
  withoutRequestTimeout,
} from '../../src/kit/request-context.ts';
import { testClock } from '../support/clock.ts';
import { freshDatabase } from '../support/database.ts';

const person = { kind: 'person', id: 'usr_1' } as const;
const operator = { kind: 'cli', id: 'root' } as const;
const request = () => ({ requestId: 'req_1', address: '192.0.2.7' });

it('outside a request the system acts, inside one an anonymous caller until it has authenticated', () => {
  expect([currentActor().kind, currentAddress()]).toEqual(['system', undefined]);
  actAs(person);
  expect(currentActor().kind).toBe('system');
  runInRequest(request(), () => {
    expect(currentActor().kind).toBe('anonymous');
    actAs(person);
    expect([currentActor(), currentAddress()]).toEqual([person, '192.0.2.7']);
  });
  runInRequest(request(), () => expect(currentActor().kind).toBe('anonymous'));
});

it('work with other timeouts has the same cause', () => {
  runInRequest(request(), () => {
    actAs(person);
    for (const wrap of [asNewRequest, withoutRequestTimeout])
      expect(wrap(() => [currentActor(), currentAddress()])).toEqual([person, '192.0.2.7']);
  });
  expect(withoutRequestTimeout(currentActor).kind).toBe('system');
  runAs(operator, () => expect(withoutRequestTimeout(currentActor)).toEqual(operator));
});

async function createLogbook() {
  const { prisma, pool } = await freshDatabase();
  const clock = testClock();
  const events = createEvents(pool, createLog('silent'));
  const { missing } = createEventStore(prisma);
  const recent = keepRecentChanges({ events, missing, append: createEventAppender(pool), clock });
  const causes = () =>
    prisma.auditEvent.findMany({
      orderBy: { id: 'asc' },
      select: { type: true, actorKind: true, actorId: true, address: true, requestId: true, detail: true },
    });
  return { prisma, clock, recent, limited: createRateLimitedEvents(recent, clock), causes };
}

it('an event has its request’s actor and address, unless it names an actor', async () => {
  const { limited, causes } = await createLogbook();
  await limited.record({ type: 'token.expiring' });
  await runInRequest(request(), async () => {
    actAs(person);
    await limited.record({ type: 'consent.given' });
    await limited.record({ type: 'consent.denied', actor: anonymous });
  });
  const none = { actorId: null, address: null, requestId: null };
  expect(await causes()).toMatchObject([
    { ...none, actorKind: 'system' },
    { actorKind: 'person', actorId: 'usr_1', address: '192.0.2.7', requestId: 'req_1' },
    { actorKind: 'anonymous', actorId: null, address: '192.0.2.7', requestId: 'req_1' },
  ]);
});

it('a change that the database has lost is written again with its actor and address', async () => {
  const { prisma, recent, causes } = await createLogbook();
  await runInRequest(request(), async () => {
    actAs(person);
    await recent.record({ type: 'app.changed', appId: 'app_1' });
  });
  const before = await causes();
  await prisma.auditEvent.deleteMany();
  expect(await recent.lost()).toHaveLength(1);
  expect(await causes()).toEqual(before);
});

it('the count of the rationed events names none of the callers', async () => {
  const { clock, limited, causes } = await createLogbook();
  for (let count = 0; count < 63; count += 1)
    await runInRequest(request(), () => limited.record({ type: 'login.failed', unproven: true }));
  clock.advance(60_000);
  await runInRequest({ requestId: 'req_2', address: '192.0.2.8' }, () =>
    limited.record({ type: 'login.failed', unproven: true }),
  );
  const [count] = (await causes()).filter(({ detail }) => JSON.stringify(detail).includes('times'));
  const none = { actorId: null, address: null, requestId: null };
  expect(count).toMatchObject({ ...none, actorKind: 'anonymous', detail: { times: 3 } });
});
