import { fieldsOf, textOf, textRecordOf } from './json.ts';

/** A provider's token, and what an app must know to use it. */
export interface ProviderToken {
  readonly accessToken: string;
  /** Null when the provider states no end. */
  readonly expiresAt: Date | null;
  readonly scopes: readonly string[];
  readonly identity: {
    readonly id: string;
    readonly connection: string;
    readonly provider: string;
    readonly subject: string;
  };
  /** Parameters that the provider's API expects beside the token. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly usage: {
    readonly transport: 'header' | 'query';
    readonly name: string;
    readonly scheme: string | null;
    readonly headers: Readonly<Record<string, string>>;
    readonly apiBase: string;
  };
}

/** Returns the token of a broker's answer that arrived at `now`, or undefined when it has none. */
export function readProviderToken(answer: unknown, now: number): ProviderToken | undefined {
  const { access_token: accessToken, expires_in: expiresIn, scope, parameters, ...rest } = fieldsOf(answer);
  if (typeof accessToken !== 'string') return undefined;
  const identity = fieldsOf(rest.identity);
  const usage = fieldsOf(rest.usage);
  return {
    accessToken,
    // Counted from the answer, since the clocks of two machines may differ.
    expiresAt: typeof expiresIn === 'number' ? new Date(now + expiresIn * 1000) : null,
    scopes: (textOf(scope) ?? '').split(' ').filter(Boolean),
    identity: {
      id: textOf(identity.id) ?? '',
      connection: textOf(identity.connection) ?? '',
      provider: textOf(identity.provider) ?? '',
      subject: textOf(identity.subject) ?? '',
    },
    parameters: textRecordOf(parameters),
    usage: {
      transport: usage.transport === 'query' ? 'query' : 'header',
      name: textOf(usage.name) ?? 'Authorization',
      scheme: usage.scheme === null ? null : (textOf(usage.scheme) ?? 'Bearer'),
      headers: textRecordOf(usage.headers),
      apiBase: textOf(usage.api_base) ?? '',
    },
  };
}

/**
 * Returns a request to the provider's API that carries the token as the provider expects. @throws TypeError
 * for a path that leads away from the provider's API.
 */
export function providerRequest(token: ProviderToken, path: string, init: RequestInit = {}): Request {
  const { transport, name, scheme, headers: wanted, apiBase } = token.usage;
  const base = new URL(apiBase);
  const below = base.href.replace(/\/$/, '');
  const url = new URL(below + path);
  // A `..` in a path segment must not lead to another part of the API.
  if (!path.startsWith('/') || !url.href.startsWith(`${below}/`))
    throw new TypeError(`${path} is not a path of ${base.href}`);
  const headers = new Headers(init.headers);
  for (const [header, value] of Object.entries(wanted)) headers.set(header, value);
  if (transport === 'header') {
    headers.set(name, scheme === null ? token.accessToken : `${scheme} ${token.accessToken}`);
  } else {
    for (const [parameter, value] of Object.entries(token.parameters)) url.searchParams.set(parameter, value);
    url.searchParams.set(name, token.accessToken);
  }
  return new Request(url, { ...init, headers });
}
