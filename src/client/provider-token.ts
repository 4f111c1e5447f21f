import { fieldsOf, textOf, textRecordOf } from './json.ts';

/** A provider's token, and what an app must know to use it. */
export interface ProviderToken {
  readonly accessToken: string;
  /** Null: the provider states no end. */
  readonly expiresAt: Date | null;
  readonly scopes: readonly string[];
  readonly identity: {
    readonly id: string;
    readonly connection: string;
    readonly provider: string;
    readonly subject: string;
  };
  /** What the provider's API wants beside the token. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly usage: {
    readonly transport: 'header' | 'query';
    readonly name: string;
    readonly scheme: string | null;
    readonly headers: Readonly<Record<string, string>>;
    readonly apiBase: string;
  };
}

/** The token in an answer of the broker that came at `now`; undefined when it is none. */
export function readProviderToken(answer: unknown, now: number): ProviderToken | undefined {
  const { access_token: accessToken, expires_in: expiresIn, scope, parameters, ...rest } = fieldsOf(answer);
  if (typeof accessToken !== 'string') return undefined;
  const identity = fieldsOf(rest.identity);
  const usage = fieldsOf(rest.usage);
  return {
    accessToken,
    // Counted from here, since the clocks of two machines need not agree.
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
 * A request to the provider's API that carries the token as this provider wants it.
 * @throws TypeError for a path that leads away from the provider's API
 */
export function providerRequest(token: ProviderToken, path: string, init: RequestInit = {}): Request {
  const { transport, name, scheme, headers: wanted, apiBase } = token.usage;
  const base = new URL(apiBase);
  const below = base.href.replace(/\/$/, '');
  const url = new URL(below + path);
  // `..` in a part that came from somebody else must not lead out of the API, say to another version of it.
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
