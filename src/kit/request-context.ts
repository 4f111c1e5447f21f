import { AsyncLocalStorage } from 'node:async_hooks';

/** The request that causes a statement, a log line or an audit event. */
export interface RequestContext {
  readonly requestId: string | undefined;
  /** Set when the database has not answered this request in time. It is not asked again for this request. */
  unanswered?: Error | undefined;
  /** Its statements may take as long as those of background jobs. */
  readonly withoutRequestTimeout?: true;
}

const storage = new AsyncLocalStorage<RequestContext>();

export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** Runs work as a request of its own: an earlier statement without an answer does not stop it. */
export function asNewRequest<T>(work: () => T): T {
  return storage.run({ requestId: currentRequestId() }, work);
}

/** Runs work on many rows, for which an operator waits, without the timeout of a request. */
export function withoutRequestTimeout<T>(work: () => T): T {
  return storage.run({ requestId: currentRequestId(), withoutRequestTimeout: true }, work);
}

/** Returns undefined outside a request (background jobs, commands). */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** Returns undefined outside a request (background jobs, commands). */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
