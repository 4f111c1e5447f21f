import type { PrismaClient } from '../kit/database/database.ts';

/** The sealed note of how far the transition to seals that bind their owner is. */
export interface SealStateStore {
  read(): Promise<Uint8Array | undefined>;
  write(sealed: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Returns whether there is an entry. Reads one row. */
  hasEntries(): Promise<boolean>;
}

const name = 'owner';

export function createSealStateStore(prisma: PrismaClient): SealStateStore {
  return {
    async read() {
      return (await prisma.sealState.findUnique({ where: { name } }))?.sealed;
    },
    async write(sealed) {
      await prisma.sealState.upsert({ where: { name }, create: { name, sealed }, update: { sealed } });
    },
    async hasEntries() {
      return (await prisma.vaultEntry.findFirst({ select: { identityId: true } })) !== null;
    },
  };
}
