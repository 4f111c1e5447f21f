import type pg from 'pg';
import { createApprovalSeals } from '../admin/people/approval-seals-store.ts';
import { createAgentApprovalSeals } from '../agents/approval-seals-store.ts';
import { createSigningKeySeals } from '../issuance/keys/signing-key-seals-store.ts';
import { createRowTagKeySeals } from '../kit/keys/row-tag-key-store.ts';
import type { LastingRows, SealedRows } from '../kit/keys/sealed-rows.ts';
import {
  createAttemptSeals,
  createClientSecretSeals,
  createOptionSecretSeals,
} from '../login/seals-store.ts';
import { createEntrySeals } from '../vault/entry-seals-store.ts';
import {
  createRemovedConnectionSeals,
  createRevocationSeals,
} from '../vault/upstream-revocation/revocation-seals-store.ts';
import { createSigningSecretSeals } from '../webhooks/signing-secrets-seals-store.ts';

export interface SealedTables {
  /** Rows that must be re-sealed before an older key can be retired. */
  readonly lasting: readonly LastingRows[];
  /** Rows that are not re-sealed, since they expire soon. */
  readonly expiring: readonly SealedRows[];
}

/** Returns all tables with sealed columns. */
export function sealedTables(pool: pg.Pool): SealedTables {
  return {
    lasting: [
      createEntrySeals(pool),
      createRevocationSeals(pool),
      createRemovedConnectionSeals(pool),
      createClientSecretSeals(pool),
      createOptionSecretSeals(pool),
      createSigningKeySeals(pool),
      createSigningSecretSeals(pool),
      createRowTagKeySeals(pool),
    ],
    expiring: [createAttemptSeals(pool), createApprovalSeals(pool), createAgentApprovalSeals(pool)],
  };
}
