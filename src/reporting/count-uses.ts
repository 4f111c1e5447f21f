import type { FeedEvent } from '../kit/events/event-feed-store.ts';
import { fieldIn, textIn } from './count-events.ts';

/** The uses of one identity by one app within a batch of events. */
export interface CountedUse {
  readonly identityId: string;
  readonly appId: string;
  /** Alias. */
  readonly connection: string | null;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly times: number;
  /** The reason that the app gave at the last use. */
  readonly lastReason: string | null;
  /** The last use was without the person. */
  readonly lastAway: boolean;
  /** The first use was without the person. */
  readonly firstAway: boolean;
}

/** Counts the uses among events. */
export function countUses(events: readonly FeedEvent[]): readonly CountedUse[] {
  const uses = events.flatMap(useOf);
  const groups = Map.groupBy(uses, ({ identityId, appId }) => `${identityId} ${appId}`);
  return [...groups.values()].map((group) => group.reduce(merged));
}

function useOf(event: FeedEvent): readonly CountedUse[] {
  const { type, identityId, appId, connection, at } = event;
  if (type !== 'token.retrieved' && type !== 'token.proxied') return [];
  if (identityId === null || appId === null) return [];
  const away = fieldIn(event, 'background') === true;
  const latest = { lastAt: at, lastReason: textIn(event, 'reason') ?? null, lastAway: away };
  return [{ identityId, appId, connection, firstAt: at, firstAway: away, times: 1, ...latest }];
}

function merged(one: CountedUse, other: CountedUse): CountedUse {
  const first = other.firstAt < one.firstAt ? other : one;
  const last = other.lastAt >= one.lastAt ? other : one;
  return {
    ...last,
    firstAt: first.firstAt,
    firstAway: first.firstAway,
    times: one.times + other.times,
  };
}
