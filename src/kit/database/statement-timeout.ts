import type pg from 'pg';
import { monotonic, seconds } from '../clock.ts';
import { currentRequest, type RequestContext } from '../request-context.ts';
import { isUnanswered, UnansweredError } from './database-errors.ts';

/** For as long a request waits for one statement: for a connection and for the answer together. */
export const requestTimeout = 2_000;

/** This much later than it was due a timer rings only where the process itself stood still. */
const late = seconds(1);
const moment = seconds(1);

/** The deadline of the answer, which our pool tells its connections beside the statement. */
interface Asked {
  readonly by?: number;
}

/**
 * A connection that leaves a statement without an answer for too long ends, whatever the reason (a server that is
 * stopped, packets that are dropped, a lock), and so leaves its pool. Outside a request a statement may take as long as
 * `longest`, in milliseconds.
 */
export function endWhenUnanswered(client: pg.Client, longest: number): void {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  const giveUp = (patience: number) => {
    const { connection } = client as unknown as { connection: { stream: { destroy(error: Error): void } } };
    connection.stream.destroy(new UnansweredError(patience));
  };
  const wait = (patience: number) => {
    stop();
    const standstill = monotonic() + patience + late;
    timer = setTimeout(() => {
      if (monotonic() < standstill) return giveUp(patience);
      // A process that was stopped wakes to its timers first and reads its sockets after.
      timer = setTimeout(giveUp, moment, patience).unref();
    }, patience).unref();
  };
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const watched = (config: unknown, ...rest: unknown[]) => {
    const { by } = (config ?? {}) as Asked;
    const patience = by === undefined ? patienceOf(currentRequest(), longest) : by - monotonic();
    wait(Math.max(1, patience));
    const answer = query(config, ...rest);
    return answer instanceof Promise && by === undefined ? noteUnanswered(answer) : answer;
  };
  Object.assign(client, { query: watched });
  // Everything that was asked on it has been answered.
  client.on('drain', stop);
  client.on('end', stop);
}

/**
 * Statements of a request are waited for less long than those of background work, and once the database has left one
 * without an answer, no further one is tried for the same request: it is answered within three seconds.
 */
export function limitRequests(pool: pg.Pool, longest: number): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
  Object.assign(pool, {
    query(config: unknown, ...rest: unknown[]) {
      const request = currentRequest();
      const callback = rest.find((one) => typeof one === 'function');
      if (request?.unanswered && !callback) return Promise.reject(request.unanswered);
      const by = monotonic() + patienceOf(request, longest);
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

function patienceOf(request: RequestContext | undefined, longest: number): number {
  return request && !request.withoutRequestTimeout ? requestTimeout : longest;
}

/** Notes with the request that waits that the database has said nothing, also where another request has asked. */
export function noteUnanswered<T>(answer: Promise<T>): Promise<T> {
  const request = currentRequest();
  if (!request) return answer;
  return answer.catch((error: unknown) => {
    if (error instanceof Error && isUnanswered(error)) request.unanswered = error;
    throw error;
  });
}
