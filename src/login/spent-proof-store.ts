import type { SingleUse } from '../connectors/engine/native-proofs.ts';
import type { PrismaClient } from '../kit/database/database.ts';
import { hashOf } from '../kit/ids.ts';

/** Proofs that have signed somebody in, so that none does so again. */
export interface SpentProofs {
  /** True for exactly one caller, in whichever process. */
  spend(proof: SingleUse): Promise<boolean>;
  prune(now: Date): Promise<void>;
}

export function createSpentProofStore(prisma: PrismaClient): SpentProofs {
  return {
    async spend({ id, until }) {
      const data = [{ proofHash: hashOf(id), until }];
      return (await prisma.spentProof.createMany({ data, skipDuplicates: true })).count === 1;
    },
    async prune(now) {
      await prisma.spentProof.deleteMany({ where: { until: { lt: now } } });
    },
  };
}
