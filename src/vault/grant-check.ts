import { setTimeout as pause } from 'node:timers/promises';
import { UpstreamError } from '../connectors/contract/failures.ts';
import { OriginChangedError } from '../connectors/engine/destinations.ts';
import { seconds } from '../kit/clock.ts';
import type { Entry } from './entry.ts';
import type { Fresh } from './refresh/fresh-token.ts';
import type { GrantState } from './refresh/merge.ts';
import type { RefreshDeps, RefreshTarget } from './refresh/refresh-deps.ts';
import { openStoredSet } from './stored-set.ts';

/** Returns whether the provider still accepts the stored set; `unknown`: it did not say, or not within 3 s. */
export type GrantCheck = (target: RefreshTarget, entry: Entry) => Promise<GrantState>;

/** Milliseconds. A person who has just signed in waits for the check. */
const patience = seconds(3);

/**
 * Asks the provider whether it still accepts the stored set. It refreshes where that is possible, since an access token may
 * outlive its grant, and else uses the access token once. A refresh that takes more than 3 s continues and is saved.
 */
export function createGrantCheck(deps: RefreshDeps, fresh: Fresh): GrantCheck {
  /** Returns undefined if no refresh took place, so that the access token has to show it. */
  async function byRefresh(target: RefreshTarget, entry: Entry): Promise<GrantState | undefined> {
    const result = await fresh(target, { minTtl: 0, refreshedSince: deps.clock.now() });
    switch (result.kind) {
      case 'token':
        return result.version === entry.version ? undefined : 'alive';
      case 'reauthorization_required':
        return 'dead';
      case 'too_soon':
        return undefined;
      default:
        return 'unknown';
    }
  }

  async function byAccessToken({ connection }: RefreshTarget, entry: Entry): Promise<GrantState> {
    try {
      const { tokens } = openStoredSet(deps.keyring, entry);
      return (await connection.upstream.probeToken(tokens)) ? 'alive' : 'unknown';
    } catch (error) {
      if (error instanceof OriginChangedError) return 'unknown';
      if (!(error instanceof UpstreamError)) throw error;
      return error.failure.kind === 'grant-dead' ? 'dead' : 'unknown';
    }
  }

  return async (target, entry) => {
    const answer = (async () =>
      (entry.refreshable ? await byRefresh(target, entry) : undefined) ??
      (await byAccessToken(target, entry)))();
    const waiting = new AbortController();
    const tooLong = pause(patience, 'unknown' as const, { signal: waiting.signal, ref: false });
    try {
      return await Promise.race([answer, tooLong]);
    } finally {
      waiting.abort();
      tooLong.catch(() => undefined);
      answer.catch(() => undefined);
    }
  };
}
