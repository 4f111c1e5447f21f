import type { BrowserSessionStore } from '../http/browser-session-store.ts';
import type { Issuance } from '../issuance/issuance.ts';
import { type Clock, minutes } from '../kit/clock.ts';
import type { RateLimitedEvents } from '../kit/events/rate-limited-events.ts';
import type { Logger } from '../kit/log.ts';
import { repeat } from '../kit/repeat.ts';
import type { LoginAttempts } from '../login/login-attempts.ts';
import type { Signals } from '../signals/signals.ts';
import type { Vault } from '../vault/vault.ts';
import type { Audit } from './audit-chain.ts';
import type { TokenApis } from './token-apis.ts';
import type { TokenSeals } from './token-seals.ts';

export interface ProcessJobsDeps {
  readonly attempts: Pick<LoginAttempts, 'removeExpired'>;
  readonly accountSessions: Pick<BrowserSessionStore, 'removeExpired'>;
  readonly issuance: Pick<Issuance, 'forgetEnded'>;
  readonly vault: Pick<Vault, 'forgetEnded'>;
  readonly signals: Pick<Signals, 'recordRefused'>;
  readonly tokenApis: Pick<TokenApis, 'recordRefused'>;
  readonly rateLimited: Pick<RateLimitedEvents, 'recordCounts'>;
  readonly audit: Pick<Audit, 'keep'>;
  readonly tokenSeals: Pick<TokenSeals, 'refresh'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Starts the jobs that each process runs by itself once a minute: it drops what has ended, reports
 * rate-limited events, and keeps the newest head of the audit chain. Returns a function that ends the jobs after a last report.
 */
export function startProcessJobs(deps: ProcessJobsDeps): () => Promise<void> {
  const {
    vault,
    attempts,
    accountSessions,
    issuance,
    signals,
    tokenApis,
    rateLimited,
    audit,
    tokenSeals,
    clock,
    log,
  } = deps;
  const logError = (error: unknown) => log.error({ err: error }, 'housekeeping failed');
  const round = async () => {
    vault.forgetEnded();
    const deletions = [
      attempts.removeExpired(),
      accountSessions.removeExpired(),
      issuance.forgetEnded(clock.now()),
    ];
    const refusals = [signals.recordRefused(), tokenApis.recordRefused()];
    const reports = [...refusals, rateLimited.recordCounts(), audit.keep(), tokenSeals.refresh()];
    await Promise.all([...deletions, ...reports].map((chore) => chore.catch(logError)));
  };
  const end = repeat(round, () => minutes(1), logError);

  return async () => {
    await end();
    // `true`: also the counts whose minute is not over yet.
    await signals.recordRefused(true);
    await tokenApis.recordRefused(true);
    await rateLimited.recordCounts(true);
  };
}
