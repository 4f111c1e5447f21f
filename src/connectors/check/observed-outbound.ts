import type { Clock } from '../../kit/clock.ts';
import { type Outbound, OutboundError, type OutboundFailure } from '../../kit/outbound.ts';

const unusable: readonly OutboundFailure[] = ['redirected', 'too-large'];

/** The guarded client with a count of its answers and the clock difference by their `Date` headers. */
export interface ObservedOutbound {
  readonly outbound: Outbound;
  readonly seen: { answers: number; ahead: number | undefined };
}

export function observeOutbound(outbound: Outbound, clock: Clock): ObservedOutbound {
  const seen: ObservedOutbound['seen'] = { answers: 0, ahead: undefined };
  return {
    seen,
    outbound: {
      ...outbound,
      async fetch(url, init) {
        const answer = await outbound.fetch(url, init).catch((error: unknown) => {
          // The host answered, although the answer is of no use.
          if (error instanceof OutboundError && unusable.includes(error.failure)) seen.answers += 1;
          throw error;
        });
        seen.answers += 1;
        const stamped = Date.parse(answer.headers.get('date') ?? '');
        if (!Number.isNaN(stamped)) seen.ahead = Math.round((clock.now().getTime() - stamped) / 1000);
        return answer;
      },
    },
  };
}
