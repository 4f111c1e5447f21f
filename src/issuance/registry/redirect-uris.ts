import { type App, isConfidential } from './app.ts';

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

/** Returns whether the URI leads to the person's own device. */
export function isLoopbackUri(uri: string): boolean {
  const { protocol, hostname = '' } = URL.parse(uri) ?? {};
  return protocol === 'http:' && isLoopback(hostname);
}

/** The URIs on which the port of a loopback address may differ. */
export type AnyPort = 'none' | 'address' | 'localhost';

/** Returns the URIs of an app on which the port may differ. */
export function anyPortOf({ type, registration }: Pick<App, 'type' | 'registration'>): AnyPort {
  if (registration !== null) return 'localhost';
  return type === 'native' ? 'address' : 'none';
}

/** Returns whether pages of this origin belong to the app: it keeps no secret, and has a redirect URI there. */
export function hasPagesAt(
  origin: string,
  { redirectUris, ...app }: Pick<App, 'type' | 'registration' | 'redirectUris'>,
): boolean {
  if (isConfidential(app.type)) return false;
  // The origin of a private-use scheme is the word `null`, as that of a page in a sandbox.
  const origins = redirectUris.flatMap((uri) => URL.parse(uri)?.origin ?? []).filter((one) => one !== 'null');
  return redirectUriFits(origin, origins, anyPortOf(app));
}

/**
 * Compares byte for byte, except for the port of a native app's loopback address (RFC 8252 section 7.3). The name `localhost`
 * can resolve to another host. It is allowed for apps that registered themselves, some of which know no other name.
 */
export function redirectUriFits(given: unknown, registered: readonly string[], anyPort: AnyPort): boolean {
  if (typeof given !== 'string') return false;
  if (registered.includes(given)) return true;
  const portless = withoutLoopbackPort(given, anyPort);
  return portless !== undefined && registered.some((uri) => withoutLoopbackPort(uri, anyPort) === portless);
}

const loopback = {
  none: /^(?!)/,
  address: /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(:\d{1,5})?((?:[/?].*)?)$/,
  localhost: /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(:\d{1,5})?((?:[/?].*)?)$/,
} satisfies Record<AnyPort, RegExp>;

function withoutLoopbackPort(uri: string, anyPort: AnyPort): string | undefined {
  const [, host, , rest] = loopback[anyPort].exec(uri) ?? [];
  // Five digits can exceed the largest port.
  return host === undefined || !URL.canParse(uri) ? undefined : `${host}${rest ?? ''}`;
}
