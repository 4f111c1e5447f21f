import type { IncomingHttpHeaders } from 'node:http';

/** Hop-by-hop headers (RFC 9110 section 7.6.1), with older ones of the same kind. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Headers about the broker, about the app's way to it, or with the app's credentials for it. */
const notForProvider = new Set([
  ...hopByHop,
  'host',
  'authorization',
  'cookie',
  'cookie2',
  'content-length',
  'expect',
  'forwarded',
  'via',
  'origin',
  'referer',
  'accept-encoding',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'x-host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
]);
/** Headers that name another path, or another origin of the request. */
const notForProviderPrefix = /^(x-(forwarded|original|rewrite|envoy)-|sec-|symbolon-|proxy-|cf-)/;

/** Returns the headers of an app's request that the provider receives. */
export function requestHeaders(received: IncomingHttpHeaders, tokenHeader: string): Headers {
  const hopByHopNames = listed(received.connection);
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    if (notForProvider.has(name) || notForProviderPrefix.test(name) || hopByHopNames.has(name)) continue;
    if (name === tokenHeader.toLowerCase() || value === undefined) continue;
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
]);
const notForAppPrefix = /^(access-control-|proxy-|content-security-policy|cross-origin-)/;

export function isForApp(name: string, headers: Headers): boolean {
  return !notForApp.has(name) && !notForAppPrefix.test(name) && !listed(headers.get('connection')).has(name);
}

/** Returns the names that a `Connection` header lists, which are hop-by-hop too. */
function listed(connection: string | null | undefined): ReadonlySet<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}
