import type { IncomingHttpHeaders } from 'node:http';

/** RFC 9110 section 7.6.1, and older ones that only this hop may mean. */
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

/** About us, the app's way to us, or the app's own credentials here. */
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
/** Also those by which a request says that it means another path, or came from elsewhere. */
const notForProviderPrefix = /^(x-(forwarded|original|rewrite|envoy)-|sec-|symbolon-|proxy-|cf-)/;

/** What of an app's request the provider gets to see. */
export function requestHeaders(given: IncomingHttpHeaders, tokenHeader: string): Headers {
  const named = listed(given.connection);
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    if (notForProvider.has(name) || notForProviderPrefix.test(name) || named.has(name)) continue;
    if (name === tokenHeader.toLowerCase() || value === undefined) continue;
    for (const one of [value].flat()) headers.append(name, one);
  }
  // What comes back is searched for the token, so it must come as it is.
  headers.set('accept-encoding', 'identity');
  if (!headers.has('user-agent')) headers.set('user-agent', 'Symbolon');
  return headers;
}

/** Meant for a browser at the provider's own site, or no longer true of what we send on. */
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

function listed(connection: string | null | undefined): ReadonlySet<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
}
