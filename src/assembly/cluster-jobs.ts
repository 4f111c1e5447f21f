import type { Issuance } from '../issuance/issuance.ts';
import type { Clock } from '../kit/clock.ts';
import type { EventWeeks } from '../kit/events/event-weeks-store.ts';
import type { Job } from '../kit/jobs.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';
import type { Reporting } from '../reporting/reporting.ts';
import type { Signals } from '../signals/signals.ts';
import type { Sweep } from '../vault/refresh/sweep.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { AdminAndSignals } from './admin-and-signals.ts';
import { type AdminPeople, pruneAdminPeople } from './admin-people.ts';
import type { Audit } from './audit-chain.ts';
import { deleteRemovedApps, type RemovedAppsDeps } from './removed-apps.ts';
import type { TokenSeals } from './token-seals.ts';

export interface ClusterJobsDeps extends Omit<RemovedAppsDeps, 'issuance'> {
  readonly sweep: Sweep;
  /** Describes entries of earlier versions for lists. Returns their number. */
  readonly describeEntries: () => Promise<number>;
  readonly webhooks: Pick<Webhooks, 'prune'>;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'runDue'>;
  readonly issuance: Pick<Issuance, 'prune' | 'sendBackchannelLogouts' | 'rotateSigningKeyWhenDue'> &
    RemovedAppsDeps['issuance'];
  readonly offboarding: Pick<Offboarding, 'runConnectionEndings'>;
  readonly tokenApis: { prune(now: Date): Promise<void> };
  readonly signals: Pick<Signals, 'prune'>;
  readonly audit: Pick<Audit, 'close'>;
  /** Removes what the audit no longer keeps. */
  readonly retain: () => Promise<void>;
  readonly eventWeeks: Pick<EventWeeks, 'addAhead'>;
  readonly tokenSeals: Pick<TokenSeals, 'advance'>;
  readonly adminPeople: AdminPeople;
  readonly decisions: { sweep(): Promise<void> };
  readonly bulk: Pick<AdminAndSignals['bulk'], 'run' | 'prune'>;
  readonly reporting: Pick<Reporting, 'rollUp' | 'census' | 'prune'>;
  readonly clock: Clock;
}

/** Returns the jobs that one process of all runs on a schedule (cron, in UTC). */
export function clusterJobs({
  sweep,
  describeEntries,
  webhooks,
  upstreamRevocations,
  issuance,
  offboarding,
  tokenApis,
  signals,
  audit,
  retain,
  eventWeeks,
  tokenSeals,
  adminPeople,
  decisions,
  bulk,
  reporting,
  branding,
  events,
  clock,
}: ClusterJobsDeps): readonly Job[] {
  return [
    { name: 'vault-recover', cron: '* * * * *', run: sweep.recover },
    { name: 'vault-ahead', cron: '* * * * *', run: sweep.ahead },
    { name: 'vault-announce', cron: '*/10 * * * *', run: sweep.announce },
    { name: 'vault-describe', cron: '* * * * *', run: describeEntries },
    { name: 'webhooks-prune', cron: '*/10 * * * *', run: () => webhooks.prune(clock.now()) },
    { name: 'rates-prune', cron: '*/10 * * * *', run: () => tokenApis.prune(clock.now()) },
    { name: 'vault-seals', cron: '*/10 * * * *', run: tokenSeals.advance },
    { name: 'signals-prune', cron: '17 * * * *', run: () => signals.prune(clock.now()) },
    { name: 'admin-prune', cron: '27 * * * *', run: () => pruneAdminPeople(adminPeople, clock.now()) },
    {
      name: 'removed-apps',
      cron: '37 * * * *',
      run: () => deleteRemovedApps({ issuance, branding, events }),
    },
    { name: 'agent-approvals', cron: '* * * * *', run: decisions.sweep },
    { name: 'bulk-jobs', cron: '* * * * *', run: bulk.run },
    { name: 'bulk-prune', cron: '47 * * * *', run: () => bulk.prune(clock.now()) },
    { name: 'vault-departures', cron: '* * * * *', run: upstreamRevocations.runDue },
    { name: 'connection-endings', cron: '* * * * *', run: offboarding.runConnectionEndings },
    { name: 'audit-weeks', cron: '37 * * * *', run: eventWeeks.addAhead },
    { name: 'audit-retention', cron: '47 * * * *', run: retain },
    { name: 'audit-seal', cron: '* * * * *', run: audit.close },
    { name: 'usage-roll-up', cron: '* * * * *', run: reporting.rollUp },
    { name: 'grant-census', cron: '*/5 * * * *', run: reporting.census.take },
    { name: 'usage-prune', cron: '37 * * * *', run: () => reporting.prune(clock.now()) },
    { name: 'issuance-prune', cron: '* * * * *', run: () => issuance.prune(clock.now()) },
    { name: 'signing-key', cron: '17 3 * * *', run: issuance.rotateSigningKeyWhenDue },
    { name: 'backchannel-logout', cron: '* * * * *', run: issuance.sendBackchannelLogouts },
  ];
}
