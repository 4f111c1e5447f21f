import type { Express } from 'express';
import type { Configuration } from '../admin/configuration/configuration.ts';
import type { DomainFiles } from '../http/domain-files.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { Job } from '../kit/jobs.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { Readiness } from '../kit/readiness.ts';
import type { Closing } from '../kit/server.ts';
import type { Connections } from '../login/connections.ts';
import type { Removals } from '../offboarding/ports.ts';
import type { Reporting } from '../reporting/reporting.ts';
import type { Spill } from '../vault/refresh/spill.ts';
import type { Sweep } from '../vault/refresh/sweep.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';
import type { Vault } from '../vault/vault.ts';
import type { Audit } from './audit-chain.ts';

/** The rooms of one process, put together. */
export interface Broker {
  readonly app: Express;
  readonly connections: Connections;
  readonly domainFiles: DomainFiles;
  readonly identities: Identities;
  readonly vault: Vault;
  readonly upstreamRevocations: UpstreamRevocations;
  /** The removals for a command, which attempts no upstream revocation itself. */
  readonly removals: Removals;
  readonly issuance: Issuance;
  /** Scheduled jobs, which one process of all runs. */
  readonly jobs: readonly Job[];
  readonly sweep: Sweep;
  readonly metrics: Metrics;
  /** The spill of token sets that the database did not accept. */
  readonly unsaved: Pick<Spill, 'tryOut'>;
  /** The hash chain over the audit. */
  readonly audit: Audit;
  readonly reporting: Reporting;
  readonly readiness: Readiness;
  /** The configuration as code, for commands. */
  readonly configuration: Configuration;
  /** Opens the port. Returns its number. */
  listen(port: number, host: string): Promise<number>;
  /** Reports not ready from now on. Requests are served as before. */
  leave(): void;
  /** Closes the port, waits for the requests under way, and closes everything but the database. */
  close(closing?: Closing): Promise<void>;
}
