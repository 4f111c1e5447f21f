import { AsyncLocalStorage } from 'node:async_hooks';

/** The kinds of actors. `app` includes named admin tokens, whose ids begin with `adt_`. */
export const actorKinds = ['person', 'app', 'bootstrap', 'cli', 'system', 'anonymous'] as const;

/** The cause of an audit event. */
export interface Actor {
  readonly kind: (typeof actorKinds)[number];
  /** The id of the user, app or named token, or the name of the operating system's user. */
  readonly id: string | null;
}

/** Background jobs, and signals that a provider has signed. */
export const system: Actor = { kind: 'system', id: null };
/** A caller that has not authenticated. */
export const anonymous: Actor = { kind: 'anonymous', id: null };

/** The request that causes a statement, a log line or an audit event. */
export interface RequestContext {
  readonly requestId: string | undefined;
  /** The client's IP address. */
  readonly address?: string | undefined;
  /** Default: anonymous. It is set once the caller has authenticated. */
  actor?: Actor;
  /** Set when the database has not answered this request in time. It is not asked again for this request. */
  unanswered?: Error | undefined;
  /** Its statements may take as long as those of background jobs. */
  readonly withoutRequestTimeout?: true;
}

const storage = new AsyncLocalStorage<RequestContext>();
const acting = new AsyncLocalStorage<Actor>();

export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** Runs work as a request of its own: an earlier statement without an answer does not stop it. */
export function asNewRequest<T>(work: () => T): T {
  return storage.run(sameCause(), work);
}

/** Runs work on many rows, for which an operator waits, without the timeout of a request. */
export function withoutRequestTimeout<T>(work: () => T): T {
  return storage.run({ ...sameCause(), withoutRequestTimeout: true }, work);
}

/** Returns undefined outside a request (background jobs, commands). */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** Returns undefined outside a request (background jobs, commands). */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}

/** Runs work about several unauthenticated requests, which may have come from one address. It names none of them. */
export function forSeveral<T>(address: string | undefined, work: () => T): T {
  return storage.run({ requestId: undefined, address, actor: anonymous }, work);
}

/** Sets the actor of the current request, for all events from now on. It does nothing outside a request. */
export function actAs(actor: Actor): void {
  const request = storage.getStore();
  if (request) request.actor = actor;
}

/** Runs work for another actor than the request's. Unlike `runInRequest`, it changes no timeout. */
export function runAs<T>(actor: Actor, work: () => T): T {
  return acting.run(actor, work);
}

/** Returns the cause of an event that is recorded now. */
export function currentActor(): Actor {
  const request = storage.getStore();
  return acting.getStore() ?? (request ? (request.actor ?? anonymous) : system);
}

/** Returns the client's IP address. Undefined outside a request, or when the proxy in front named none. */
export function currentAddress(): string | undefined {
  return storage.getStore()?.address;
}

function sameCause(): RequestContext {
  return { requestId: currentRequestId(), address: currentAddress(), actor: currentActor() };
}
