import { createEventAppender } from '../../src/kit/events/event-store.ts';
import type { EventType } from '../../src/kit/events/events.ts';
import { newId } from '../../src/kit/ids.ts';
import { createReporting } from '../../src/reporting/reporting.ts';
import { createRollUp, type RollUpDeps } from '../../src/reporting/roll-up.ts';
import { testClock } from '../support/clock.ts';
import { freshDatabase } from '../support/database.ts';
import { rolledUp } from '../support/rolled-up.ts';

export interface Recorded {
  readonly type: EventType;
  readonly userId?: string;
  readonly appId?: string;
  readonly connection?: string;
  readonly identityId?: string;
  readonly actor?: { readonly kind: 'person' | 'app' | 'bootstrap' | 'cli'; readonly id: string | null };
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
  /** Milliseconds since it happened. */
  readonly age?: number;
}

/** The room alone, with people who have linked identities and no tokens. */
export async function createRig() {
  const database = await freshDatabase();
  const { pool, prisma } = database;
  const clock = testClock();
  const reporting = createReporting({
    database,
    connections: { all: async () => [] },
    vault: { standingFacts: () => ({}) },
    clock,
  });
  const append = createEventAppender(pool);
  const connectionId = newId('con');
  await prisma.connection.create({
    data: { id: connectionId, alias: 'work', provider: 'github', clientId: 'x', scopes: [] },
  });

  return {
    database,
    pool,
    clock,
    reporting,
    connectionId,
    rollUpWith: (deps: Partial<RollUpDeps>) => createRollUp({ pool, ...deps }),
    async person() {
      const [userId, identityId] = [newId('usr'), newId('idn')];
      await prisma.user.create({ data: { id: userId } });
      await prisma.identity.create({
        data: { id: identityId, userId, connectionId, issuer: 'https://work.test', subject: identityId },
      });
      return { userId, identityId };
    },
    record: (...events: readonly Recorded[]) =>
      append(
        events.map(({ actor, age = 0, ...event }) => ({
          id: newId('evt'),
          requestId: undefined,
          actorKind: actor?.kind ?? 'system',
          actorId: actor?.id ?? null,
          address: undefined,
          detail: {},
          ...event,
          age,
        })),
      ),
    rollUp: () => rolledUp(reporting, pool),
    async rows<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
      return (await pool.query(text, [...values])).rows as Row[];
    },
  };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;
