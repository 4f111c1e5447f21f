import type { Database } from '../kit/database/database.ts';
import { hashOf, newHandle } from '../kit/ids.ts';

/** The messages received so far, so that each is carried out once. */
export interface SignalStore {
  /** Inserts a message, or finds the earlier one with the same id. `code`: the receipt, to look up the state later. */
  open(
    connectionId: string,
    id: string,
    now: Date,
  ): Promise<{ readonly code: string; readonly done: boolean }>;
  /** Marks a message as carried out. */
  close(connectionId: string, id: string, now: Date): Promise<void>;
  /** Resolves to whether the message with this receipt code was carried out; undefined for an unknown code. */
  isDone(connectionId: string, code: string): Promise<boolean | undefined>;
  /** Deletes messages received before this time. Returns how many. */
  prune(before: Date): Promise<number>;
}

export function createSignalStore({ prisma }: Pick<Database, 'prisma'>): SignalStore {
  const keyOf = (connectionId: string, id: string) => ({
    connectionId_idHash: { connectionId, idHash: hashOf(id) },
  });
  return {
    async open(connectionId, id, now) {
      const idHash = hashOf(id);
      const row = await prisma.signal.upsert({
        where: keyOf(connectionId, id),
        create: { connectionId, idHash, code: newHandle(), receivedAt: now },
        update: {},
      });
      return { code: row.code, done: row.doneAt !== null };
    },
    async close(connectionId, id, now) {
      await prisma.signal.update({ where: keyOf(connectionId, id), data: { doneAt: now } });
    },
    async isDone(connectionId, code) {
      const row = await prisma.signal.findFirst({ where: { connectionId, code } });
      return row ? row.doneAt !== null : undefined;
    },
    async prune(before) {
      return (await prisma.signal.deleteMany({ where: { receivedAt: { lt: before } } })).count;
    },
  };
}
