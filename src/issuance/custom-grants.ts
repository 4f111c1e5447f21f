import { errors, type KoaContextWithOIDC, type default as Provider } from 'oidc-provider';
import type { PresentedToken, PresentingRequest, SenderKeys } from '../http/bearer.ts';
import { actAs } from '../kit/request-context.ts';

export interface GrantCall {
  readonly clientId: string;
  /** True when the app has authenticated. A client without a secret can be impersonated. */
  readonly confidential: boolean;
  readonly params: Readonly<Record<string, string | undefined>>;
  /** The keys that the request proves. A token of ours that it gets is bound to them. */
  readonly sender: SenderKeys;
  /** Returns a token among the parameters, with the request that must prove its key. */
  readonly presented: (token: string, by?: 'subject' | 'received') => PresentedToken;
}

/** A grant type that another room implements. The client is authenticated before the handler is called. */
export interface RegisteredGrant {
  readonly type: string;
  readonly params: readonly string[];
  readonly handler: (call: GrantCall) => Promise<Record<string, unknown>>;
  /** Confidential apps can always use it. This adds native apps, or all apps, which the handler then has to check. */
  readonly alsoFor?: 'native' | 'all';
  /** An API may use it too, by its own id and secret. Its handler gets the API's id as the client id. */
  readonly forApis?: true;
}

/** A token endpoint error (RFC 6749 section 5.2). */
export class GrantError extends Error {
  override readonly name = 'GrantError';
  readonly code: string;
  readonly status: number;
  /** Further members of the response. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, description: string, options: GrantErrorOptions = {}) {
    super(description);
    this.code = code;
    this.status = options.status ?? 400;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }
}

export interface GrantErrorOptions {
  readonly status?: number;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The same error as oidc-provider handles it. It sends the two standard members only. */
class ProviderGrantError extends errors.CustomOIDCProviderError {
  readonly original: GrantError;

  constructor(original: GrantError) {
    super(original.code, original.message);
    this.original = original;
    this.status = original.status;
    this.statusCode = original.status;
  }
}

/** Returns the keys that a token request proves. @throws GrantError */
export type SenderOf = (request: PresentingRequest) => Promise<SenderKeys>;

type GrantContext = Pick<KoaContextWithOIDC, 'oidc' | 'body' | 'req'>;

/** Calls the handler of a custom grant for an oidc-provider request. */
export async function handleGrant(
  { params, handler }: RegisteredGrant,
  ctx: GrantContext,
  senderOf: SenderOf,
): Promise<void> {
  const { client, params: sent = {} } = ctx.oidc;
  if (!client) throw new Error('the client is authenticated before the grant');
  actAs({ kind: 'app', id: client.clientId });
  const knownParameters = params.map((name) => [name, stringOf(sent[name])] as const);
  // forward-request.ts hands on Express's own request.
  const request = ctx.req as unknown as PresentingRequest;
  try {
    ctx.body = await handler({
      clientId: client.clientId,
      confidential: client.clientAuthMethod !== 'none',
      params: Object.fromEntries(knownParameters),
      sender: await senderOf(request),
      presented: (token, by = 'subject') => ({ token, by, request }),
    });
  } catch (error) {
    throw error instanceof GrantError ? new ProviderGrantError(error) : error;
  }
}

/** Adds the further members and headers of a `GrantError` to oidc-provider's response. */
export function restoreErrorDetails(provider: Provider): void {
  provider.on('grant.error', (ctx, error) => {
    if (!(error instanceof ProviderGrantError)) return;
    const { code, message, members, headers } = error.original;
    ctx.body = { error: code, error_description: message, ...members };
    ctx.set(headers);
  });
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
