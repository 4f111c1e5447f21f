import type { Clock } from '../kit/clock.ts';
import type { EventBatch } from '../kit/events/event-batch.ts';
import type { Event } from '../kit/events/events.ts';
import { createRateLimit } from '../kit/events/rate-limit.ts';
import { isId } from '../kit/ids.ts';
import type { Logger } from '../kit/log.ts';
import { Problem } from '../kit/problem.ts';
import { type Actor, currentActor, forSeveral } from '../kit/request-context.ts';

/**
 * Records refused retrievals as `token.refused`, with the reason in `why`. The batch of retrievals writes them, so a refusal
 * costs no statement. Above a limit per app and reason, a process only counts them, so that no app can fill the database.
 */
export interface Refusals {
  /** Notes one refusal once, also if several places report it. */
  note(refusal: Error, about: Refused): void;
  /** Notes a token of the broker that is invalid, or of the wrong kind. The app is noted if it has authenticated. */
  noteInvalidToken(refusal: Error): void;
  /** Records the counts whose minute is over, or all counts. */
  recordCounts(all?: boolean): Promise<void>;
}

export interface Refused extends Pick<Event, 'userId' | 'appId' | 'connection' | 'identityId'> {
  readonly why: string;
  /** The API that acted. */
  readonly api?: string | undefined;
}

export interface RefusalsDeps {
  readonly retrievals: EventBatch;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Rows per minute, app and reason. */
const most = 20;
/** The same for requests beyond the rate limit, which come in numbers. */
const mostTooOften = 1;

export function createRefusals({ retrievals, clock, log }: RefusalsDeps): Refusals {
  const usual = createRateLimit({ clock, most });
  const tooOften = createRateLimit({ clock, most: mostTooOften });
  const noted = new WeakSet<Error>();

  /** The answer does not wait for the audit: the app gets nothing either way. */
  async function add(event: Omit<Event, 'type'>): Promise<void> {
    try {
      await retrievals.add({ type: 'token.refused', ...event });
    } catch (error) {
      log.error({ err: error, ...event }, 'a refusal cannot be recorded');
    }
  }

  async function addCount(key: string, times: number): Promise<void> {
    const [appId = '', why = ''] = key.split(' ');
    const actor: Actor | undefined = appId === '' ? undefined : { kind: 'app', id: appId };
    const isApi = isId('api', appId);
    const app = appId === '' ? {} : { actor, ...(!isApi && { appId }) };
    const detail = { why, times, ...(isApi && { api: appId }) };
    await forSeveral(undefined, () => add({ ...app, detail }));
  }

  function note(refusal: Error, { why, api, ...about }: Refused): void {
    if (noted.has(refusal)) return;
    noted.add(refusal);
    const key = `${about.appId ?? api ?? ''} ${why}`;
    const due = (why === 'rate' ? tooOften : usual).take(key);
    if (due === undefined) return;
    if (due > 1) void addCount(key, due - 1);
    void add({ ...about, detail: { why, ...(api !== undefined && { api }) } });
  }

  return {
    note,
    noteInvalidToken(refusal) {
      // The client asks again at once, with the nonce.
      if (refusal instanceof Problem && refusal.code === 'use_dpop_nonce') return;
      const { kind, id } = currentActor();
      const why = refusal instanceof Problem ? refusal.code : 'invalid_token';
      const named = kind === 'app' && id !== null ? id : undefined;
      note(refusal, {
        why,
        ...(named !== undefined && isId('api', named) ? { api: named } : { appId: named }),
      });
    },
    async recordCounts(all) {
      const counts = [...usual.drain(all), ...tooOften.drain(all)];
      for (const { key, unreported } of counts) await addCount(key, unreported);
    },
  };
}
