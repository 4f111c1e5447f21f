import { AsyncLocalStorage } from 'node:async_hooks';

/** What a log line or an audit event wants to know of the request that caused it. */
export interface RequestContext {
  readonly requestId: string | undefined;
  /** Set: the database has left this request without an answer, and is not asked for it again. */
  unanswered?: Error | undefined;
  /** Its statements may take as long as those of background work. */
  readonly withoutRequestTimeout?: true;
}

const storage = new AsyncLocalStorage<RequestContext>();

export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** Work that is tried again when the database does not answer soon, as if it were a request of its own. */
export function asNewRequest<T>(work: () => T): T {
  return storage.run({ requestId: currentRequestId() }, work);
}

/** Work on as many rows as there are people, which an operator asks for and waits for. */
export function withoutRequestTimeout<T>(work: () => T): T {
  return storage.run({ requestId: currentRequestId(), withoutRequestTimeout: true }, work);
}

/** Undefined outside a request (background work, commands). */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** Undefined outside a request (background work, commands). */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
