import { errors, type KoaContextWithOIDC } from 'oidc-provider';

export interface GrantCall {
  readonly clientId: string;
  readonly params: Readonly<Record<string, string | undefined>>;
}

/** A grant type that a later room implements; the client is authenticated before it is asked. */
export interface RegisteredGrant {
  readonly type: string;
  readonly params: readonly string[];
  readonly handler: (call: GrantCall) => Promise<Record<string, unknown>>;
}

/** A refusal in the words of RFC 6749 section 5.2. */
export class GrantError extends Error {
  override readonly name = 'GrantError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, description: string, status = 400) {
    super(description);
    this.code = code;
    this.status = status;
  }
}

type GrantContext = Pick<KoaContextWithOIDC, 'oidc' | 'body'>;

export async function handleGrant({ params, handler }: RegisteredGrant, ctx: GrantContext): Promise<void> {
  const { client, params: given = {} } = ctx.oidc;
  if (!client) throw new Error('the client is authenticated before the grant');
  const known = params.map((name) => [name, stringOf(given[name])] as const);
  try {
    ctx.body = await handler({ clientId: client.clientId, params: Object.fromEntries(known) });
  } catch (error) {
    if (!(error instanceof GrantError)) throw error;
    const refusal = new errors.CustomOIDCProviderError(error.code, error.message);
    refusal.status = error.status;
    refusal.statusCode = error.status;
    throw refusal;
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
