/** Returns why a URI cannot be registered as a redirect URI, or undefined when it can (RFC 9700 section 4.1). */
export function redirectUriFault(uri: string, native: boolean): string | undefined {
  if (uri.length > 2048) return 'is too long';
  if (!/^[\x21-\x7e]+$/.test(uri)) return 'must be written in ASCII without spaces';
  // Some parsers read what precedes it as a user name, others as the host.
  if (uri.includes('\\')) return 'must not contain a backslash';
  if (uri.includes('*')) return 'must not contain a wildcard';
  if (uri.includes('#')) return 'must not contain a fragment';
  if (!URL.canParse(uri)) return 'must be an absolute URL';
  const { protocol, hostname, username, password } = new URL(uri);
  if (username || password) return 'must not contain credentials';
  if (protocol === 'https:' || protocol === 'http:') {
    if (!/^https?:\/\/[^/?]/i.test(uri) || !hostname) return 'must name a host';
    if (protocol === 'http:') return isLoopback(hostname) ? undefined : 'must be https unless it is loopback';
    return native && isLoopback(hostname) ? 'must be http for a loopback address' : undefined;
  }
  // RFC 8252 section 7.1: a private-use scheme is a reversed domain name, so it contains a dot.
  if (!/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(protocol)) return 'has a scheme that is not allowed';
  return native ? undefined : 'may have a scheme of its own for native apps only';
}

function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** Compares byte for byte, except for the port of a native app's loopback address (RFC 8252 section 7.3). */
export function redirectUriFits(given: unknown, registered: readonly string[], native: boolean): boolean {
  if (typeof given !== 'string') return false;
  if (registered.includes(given)) return true;
  const portless = native ? withoutLoopbackPort(given) : undefined;
  return portless !== undefined && registered.some((uri) => withoutLoopbackPort(uri) === portless);
}

// Any port is allowed for the loopback addresses only: the name `localhost` can resolve to another host.
function withoutLoopbackPort(uri: string): string | undefined {
  const [, host, , rest] = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(:\d{1,5})?((?:[/?].*)?)$/.exec(uri) ?? [];
  // Five digits can exceed the largest port.
  return host === undefined || !URL.canParse(uri) ? undefined : `${host}${rest ?? ''}`;
}
