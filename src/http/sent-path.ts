import type { IncomingMessage } from 'node:http';

type Sent = IncomingMessage | { readonly originalUrl: string };

const kept = new WeakMap<object, string>();

/** Remembers the path that a client has sent, before the request is handed on under another one. */
export function keepSentPath(request: Sent): void {
  if (!kept.has(request)) kept.set(request, sentPath(request));
}

/** Returns the path that the client has sent, as written and without the query. */
export function sentPath(request: Sent): string {
  const known = kept.get(request);
  if (known !== undefined) return known;
  const url = 'originalUrl' in request ? request.originalUrl : (request.url ?? '/');
  // RFC 9112 section 3.2.2: a request target can have the absolute form.
  const path = url.replace(/^https?:\/\/[^/?]*/i, '');
  const end = path.indexOf('?');
  return end === -1 ? path : path.slice(0, end);
}
