import type pg from 'pg';
import { monotonic, seconds } from '../clock.ts';
import { currentRequest, type RequestContext } from '../request-context.ts';
import { isUnanswered, UnansweredError } from './database-errors.ts';

/** The timeout of a request's statement, in milliseconds: for a connection and the answer together. */
export const requestTimeout = 2_000;

/** A timer that fires this much too late shows that the process itself was stopped. */
const stoppedAfter = seconds(1);
/** The time to read the sockets after that. */
const readingTime = seconds(1);

/** The deadline of the answer, which the pool passes to its connections with the statement. */
interface Asked {
  /** By `monotonic`, in milliseconds; absent: the statement did not come from the pool's `query`. */
  readonly by?: number;
}

/**
 * Closes a connection whose statement is not answered in time (a stopped server, dropped packets, a lock), so that it
 * leaves its pool. Outside a request, a statement may take `longest` milliseconds.
 */
export function endWhenUnanswered(client: pg.Client, longest: number): void {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  const giveUp = (timeout: number) => {
    const { connection } = client as unknown as { connection: { stream: { destroy(error: Error): void } } };
    connection.stream.destroy(new UnansweredError(timeout));
  };
  const wait = (timeout: number) => {
    stop();
    const stoppedIfPast = monotonic() + timeout + stoppedAfter;
    timer = setTimeout(() => {
      if (monotonic() < stoppedIfPast) return giveUp(timeout);
      // A process that was stopped runs its timers before it reads its sockets.
      timer = setTimeout(giveUp, readingTime, timeout).unref();
    }, timeout).unref();
  };
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const watched = (config: unknown, ...rest: unknown[]) => {
    const { by } = (config ?? {}) as Asked;
    const timeout = by === undefined ? timeoutOf(currentRequest(), longest) : by - monotonic();
    wait(Math.max(1, timeout));
    const answer = query(config, ...rest);
    return answer instanceof Promise && by === undefined ? noteUnanswered(answer) : answer;
  };
  Object.assign(client, { query: watched });
  // All statements of the connection have been answered.
  client.on('drain', stop);
  client.on('end', stop);
}

/**
 * Gives the statements of a request a shorter timeout than those of background jobs. After one without an answer, no
 * further one is sent for the same request, so that it is answered within three seconds.
 */
export function limitRequests(pool: pg.Pool, longest: number): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
  Object.assign(pool, {
    query(config: unknown, ...rest: unknown[]) {
      const request = currentRequest();
      const callback = rest.find((one) => typeof one === 'function');
      if (request?.unanswered && !callback) return Promise.reject(request.unanswered);
      const by = monotonic() + timeoutOf(request, longest);
      const asked =
        typeof config === 'string'
          ? { text: config, values: Array.isArray(rest[0]) ? rest[0] : undefined, by }
          : { ...(config as object), by };
      const answer = callback ? query(asked, callback) : query(asked);
      return request && answer instanceof Promise ? noteUnanswered(answer) : answer;
    },
    connect(...args: unknown[]) {
      const unanswered = args.length === 0 ? currentRequest()?.unanswered : undefined;
      if (unanswered) return Promise.reject(unanswered);
      const answer = connect(...args);
      return answer instanceof Promise ? noteUnanswered(answer) : answer;
    },
  });
}

function timeoutOf(request: RequestContext | undefined, longest: number): number {
  return request && !request.withoutRequestTimeout ? requestTimeout : longest;
}

/** Marks the waiting request when the answer does not come, also if another request sent the statement. */
export function noteUnanswered<T>(answer: Promise<T>): Promise<T> {
  const request = currentRequest();
  if (!request) return answer;
  return answer.catch((error: unknown) => {
    if (error instanceof Error && isUnanswered(error)) request.unanswered = error;
    throw error;
  });
}
