import { AsyncLocalStorage } from 'node:async_hooks';

/** What a log line or an audit event wants to know of the request that caused it. */
export interface RequestContext {
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** Undefined outside a request (background work, commands). */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
