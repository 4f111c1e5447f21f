import { z } from 'zod';
import type { AppType } from '../registry/app.ts';
import { type ClientKeys, clientKeys } from '../registry/client-keys.ts';
import { isLoopbackUri, redirectUriFault } from '../registry/redirect-uris.ts';

/** An app as it describes itself, in a metadata document or a registration request. */
export interface ClientDescription {
  readonly name: string;
  readonly type: AppType;
  readonly redirectUris: readonly string[];
  /** The keys of its assertions, or their address. Null twice: the app keeps no key, and uses PKCE alone. */
  readonly jwks: ClientKeys | null;
  readonly jwksUri: string | null;
  readonly demands: ClientDemands;
}

/** What an app demands of its own requests. */
export interface ClientDemands {
  /** Its tokens are bound to a key (RFC 9449 section 5.2). */
  readonly dpop: boolean;
  /** Its requests are pushed (RFC 9126 section 6). */
  readonly pushed: boolean;
  /** Its requests are signed (RFC 9101 section 10.5). */
  readonly signed: boolean;
}

/** The description cannot be used. The message is for the app's developer, and quotes nothing of it. */
export class DescriptionFault extends Error {
  override readonly name = 'DescriptionFault';
}

const description = z.looseObject({
  client_name: z.string().max(1000).optional(),
  redirect_uris: z.array(z.string()).min(1).max(50),
  token_endpoint_auth_method: z.string().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  response_types: z.array(z.string()).optional(),
  jwks: z.unknown().optional(),
  jwks_uri: z.unknown().optional(),
  dpop_bound_access_tokens: z.boolean().default(false),
  require_pushed_authorization_requests: z.boolean().default(false),
  require_signed_request_object: z.boolean().default(false),
});

type Given = z.output<typeof description>;

/**
 * Returns the part of a description that counts here. Unknown scopes, grants and members are left out. Without a method of authentication the app
 * has none, since no secret is shared. Redirect URIs other than https and loopback are left out. @throws DescriptionFault
 */
export function describeClient(
  given: unknown,
  secrets: 'secrets are refused' | 'secrets are left out' = 'secrets are refused',
): ClientDescription {
  const parsed = description.safeParse(given);
  if (!parsed.success)
    throw new DescriptionFault(`${parsed.error.issues[0]?.path.join('.')} is missing or malformed`);
  const { data } = parsed;
  if ('client_secret' in data || 'client_secret_expires_at' in data)
    throw new DescriptionFault('it must not hold a secret');
  if (data.response_types && !data.response_types.includes('code'))
    throw new DescriptionFault('response_types lacks code');
  const redirectUris = data.redirect_uris.filter(isUsable);
  if (redirectUris.length === 0) throw new DescriptionFault('no redirect_uri is https or a loopback address');
  const wantsSecret = data.token_endpoint_auth_method?.startsWith('client_secret') === true;
  if (wantsSecret && secrets === 'secrets are refused')
    throw new DescriptionFault('a shared secret is no proof of an app here');
  const keys = wantsSecret ? noKeys : keysOf(data);
  const isOnDevice = redirectUris.some(isLoopbackUri);
  const withoutKeys = isOnDevice ? 'native' : 'spa';
  const type = keys === noKeys ? withoutKeys : 'web';
  const demands = {
    dpop: data.dpop_bound_access_tokens,
    pushed: data.require_pushed_authorization_requests,
    signed: data.require_signed_request_object,
  };
  if (demands.signed && keys === noKeys)
    throw new DescriptionFault('require_signed_request_object needs private_key_jwt and its keys');
  const name = plainName(data.client_name);
  return { name, type, redirectUris: [...new Set(redirectUris)], ...keys, demands };
}

/** Private-use schemes are left out: any app on a device can claim one, and an unknown app proves nothing else. */
function isUsable(uri: string): boolean {
  return /^https?:/i.test(uri) && redirectUriFault(uri, false) === undefined;
}

type Keys = Pick<ClientDescription, 'jwks' | 'jwksUri'>;
const noKeys: Keys = { jwks: null, jwksUri: null };

function keysOf({ token_endpoint_auth_method: method = 'none', ...given }: Given): Keys {
  if (method === 'none') return noKeys;
  if (method === 'private_key_jwt') {
    const keys = clientKeys.safeParse(given.jwks);
    if (keys.success) return { jwks: keys.data, jwksUri: null };
    if (given.jwks !== undefined) throw new DescriptionFault('jwks has a key that cannot be used');
    const address = jwksAddress.safeParse(given.jwks_uri);
    if (address.success) return { jwks: null, jwksUri: address.data };
  }
  if (given.token_endpoint_auth_methods_supported?.includes('none')) return noKeys;
  throw new DescriptionFault(
    'token_endpoint_auth_method must be none, or private_key_jwt with jwks or jwks_uri',
  );
}

const jwksAddress = z.url({ protocol: /^https$/ }).max(2048);

/**
 * Returns the name without brackets and control characters: the domain stands in brackets behind it, and no name may look
 * as if it had one. It is cut between characters: half of one would not be stored as it is, and the row would have no right tag.
 */
function plainName(name = ''): string {
  const plain = name
    .replace(/[\p{C}\p{Ps}\p{Pe}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return [...plain].slice(0, 60).join('').trim();
}
