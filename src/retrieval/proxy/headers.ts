import type { IncomingHttpHeaders } from 'node:http';
import { hopByHop, isNeverSent } from '../../issuance/registry/proxy-headers.ts';
import { partialHeaders } from './allowed-headers.ts';

/** Returns the headers of an app's request that the provider receives, without those that the broker adds. */
export function requestHeaders(
  received: IncomingHttpHeaders,
  { allowed, inPart }: { readonly allowed: ReadonlySet<string>; readonly inPart: boolean },
): Headers {
  const hopByHopNames = listed(received.connection);
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    if (value === undefined || hopByHopNames.has(name) || !allowed.has(name)) continue;
    if (isNeverSent(name) || (!inPart && partialHeaders.has(name))) continue;
    for (const one of [value].flat()) headers.append(name, one);
  }
  // The answer is searched for the token, so it must arrive uncompressed.
  headers.set('accept-encoding', 'identity');
  if (!headers.has('user-agent')) headers.set('user-agent', 'Symbolon');
  return headers;
}

/** Headers meant for a browser at the provider's own site, or no longer true of the forwarded answer. */
const notForApp = new Set([
  ...hopByHop,
  'set-cookie',
  'set-cookie2',
  'content-length',
  'content-encoding',
  'www-authenticate',
  'alt-svc',
  'nel',
  'report-to',
  'reporting-endpoints',
  'clear-site-data',
  'service-worker-allowed',
  'sourcemap',
  'refresh',
  'server',
  'via',
  'cache-control',
  'expires',
  'pragma',
  'age',
  'surrogate-control',
  'cdn-cache-control',
  // Web servers in front of the broker obey these.
  'x-sendfile',
  'x-lighttpd-send-file',
  'x-reproxy-url',
]);
const notForAppPrefix =
  /^(access-control-|proxy-|content-security-policy|cross-origin-|x-accel-|x-litespeed-|symbolon-)/;

export function isForApp(name: string, headers: Headers): boolean {
  return !notForApp.has(name) && !notForAppPrefix.test(name) && !listed(headers.get('connection')).has(name);
}

/** Returns the names that a `Connection` header lists, which are hop-by-hop too. */
function listed(connection: string | null | undefined): ReadonlySet<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}
