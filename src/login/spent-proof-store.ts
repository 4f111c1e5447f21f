import type { SingleUse } from '../connectors/engine/native-proofs.ts';
import type { PrismaClient } from '../kit/database/database.ts';
import { hashOf } from '../kit/ids.ts';

/** The proofs that have been used for a sign-in, so that each is accepted once. */
export interface SpentProofs {
  /** Returns true for exactly one caller across all processes. */
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
