import type { DeadReason } from '../connectors/contract/failures.ts';
import { checkAccessToken } from './refresh/check-access-token.ts';
import { isOtherClients } from './refresh/decide.ts';
import { hasMoved } from './refresh/fresh-answers.ts';
import type { Fresh } from './refresh/fresh-token.ts';
import { type RefreshDeps, type RefreshTarget, subjectOf } from './refresh/refresh-deps.ts';

/** Acts on what a provider reports of a grant by itself: webhooks, deauthorization calls, security events. */
export interface ProviderSignals {
  /** Notes the end of the grant that existed at that time. A later grant stays. */
  noteGrantEnded(
    target: RefreshTarget,
    report: { readonly reason: DeadReason; readonly at: Date },
  ): Promise<void>;
  /** Asks the provider whether the grant is alive, since something may have ended it. */
  verifyGrant(target: RefreshTarget): Promise<void>;
}

/** Milliseconds. Providers state whole seconds, and clocks differ. */
const tolerance = 2_000;

export function createProviderSignals(deps: RefreshDeps, fresh: Fresh): ProviderSignals {
  const { store, events, clock } = deps;

  return {
    async noteGrantEnded(target, { reason, at }) {
      const entry = await store.find(target.identityId);
      if (!entry || isOtherClients(entry, target.connection.registration.clientId)) return;
      // The stored tokens are of a later sign-in than the reported end.
      if (entry.depositedAt.getTime() > at.getTime() + tolerance) return;
      const died = await store.markDead(target.identityId, entry.version, { reason, error: 'signal' });
      const event = { type: 'token.reauthorization_required', ...subjectOf(target) } as const;
      if (died) await events.record({ ...event, detail: { reason, by: 'signal' } });
    },

    async verifyGrant(target) {
      const { connector } = target.connection;
      const entry = await store.find(target.identityId);
      if (entry?.state !== 'active') return;
      if (isOtherClients(entry, target.connection.registration.clientId)) return;
      if (connector.refresh.how === 'refresh_token' && entry.refreshable) {
        // `refreshedSince: now` forces a refresh, which the provider refuses if the grant has ended.
        await fresh(target, { minTtl: 0, refreshedSince: clock.now() });
        return;
      }
      if (hasMoved(deps, target, { entry, use: 'account' })) return;
      await checkAccessToken(deps, target, entry);
    },
  };
}
