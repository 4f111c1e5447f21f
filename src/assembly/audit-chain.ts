import { type AuditChain, createAuditChain } from '../kit/audit/close-seals.ts';
import { createHeadKeeper, type HeadKeeper } from '../kit/audit/head-file.ts';
import { createSealSigner } from '../kit/audit/seal.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { EventMark } from '../kit/events/event-mark.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Logger } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';

export interface AuditDeps {
  readonly database: Pick<Database, 'pool'>;
  readonly keyring: Keyring;
  readonly mark: Pick<EventMark, 'proves'>;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'watch'>;
  readonly clock: Clock;
  /** The file for the newest head; undefined: the heads are only logged. */
  readonly auditHeadFile?: string | undefined;
}

export type Audit = AuditChain & Pick<HeadKeeper, 'keep'>;

/** Returns the chain over the audit, which one process of all extends, and the heads, which each process keeps. */
export function createAudit(deps: AuditDeps): Audit {
  const { keyring, mark, log, metrics, clock, auditHeadFile: file } = deps;
  const { pool } = deps.database;
  const chain = createAuditChain({ pool, keyring, mark, clock, log });
  const heads = createHeadKeeper({ pool, signer: createSealSigner(keyring), log, file });
  metrics.watch({
    name: 'symbolon_audit_seal',
    help: 'Number of the newest seal of the audit chain that this process has seen',
    read: () => [{ value: Number(heads.state().newest?.seq ?? 0n) }],
  });
  metrics.watch({
    name: 'symbolon_audit_seal_age_seconds',
    help: 'Age of that seal: an hour at most while a broker runs, and a minute or two while events are recorded',
    read: () => {
      const { newest } = heads.state();
      return newest ? [{ value: (clock.now().getTime() - newest.closedAt.getTime()) / 1_000 }] : [];
    },
  });
  metrics.watch({
    name: 'symbolon_audit_head_lost',
    help: '1 if the audit chain no longer has the head that this process has written to its disk',
    read: () => [{ value: heads.state().lost ? 1 : 0 }],
  });
  return { close: chain.close, noteRestored: chain.noteRestored, keep: heads.keep };
}
