import { errors, type KoaContextWithOIDC, type default as Provider } from 'oidc-provider';

export interface GrantCall {
  readonly clientId: string;
  /** The app has proved that it is the one; anybody may claim to be one without a secret. */
  readonly confidential: boolean;
  readonly params: Readonly<Record<string, string | undefined>>;
}

/** A grant type that a later room implements; the client is authenticated before it is asked. */
export interface RegisteredGrant {
  readonly type: string;
  readonly params: readonly string[];
  readonly handler: (call: GrantCall) => Promise<Record<string, unknown>>;
  /** Beside apps that can keep a secret: apps on people's devices, or all, where the handler itself turns them away. */
  readonly alsoFor?: 'native' | 'all';
}

/** A refusal in the words of RFC 6749 section 5.2. */
export class GrantError extends Error {
  override readonly name = 'GrantError';
  readonly code: string;
  readonly status: number;
  /** Of the answer, beside `error` and `error_description`. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, description: string, more: GrantErrorOptions = {}) {
    super(description);
    this.code = code;
    this.status = more.status ?? 400;
    this.members = more.members ?? {};
    this.headers = more.headers ?? {};
  }
}

export interface GrantErrorOptions {
  readonly status?: number;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The same on its way through oidc-provider, which passes on no more than the two standard members. */
class Refusal extends errors.CustomOIDCProviderError {
  readonly more: GrantError;

  constructor(more: GrantError) {
    super(more.code, more.message);
    this.more = more;
    this.status = more.status;
    this.statusCode = more.status;
  }
}

type GrantContext = Pick<KoaContextWithOIDC, 'oidc' | 'body'>;

export async function handleGrant({ params, handler }: RegisteredGrant, ctx: GrantContext): Promise<void> {
  const { client, params: given = {} } = ctx.oidc;
  if (!client) throw new Error('the client is authenticated before the grant');
  const known = params.map((name) => [name, stringOf(given[name])] as const);
  try {
    ctx.body = await handler({
      clientId: client.clientId,
      confidential: client.clientAuthMethod !== 'none',
      params: Object.fromEntries(known),
    });
  } catch (error) {
    throw error instanceof GrantError ? new Refusal(error) : error;
  }
}

/** Puts back what a refusal says beyond the standard. */
export function answerInFull(provider: Provider): void {
  provider.on('grant.error', (ctx, error) => {
    if (!(error instanceof Refusal)) return;
    const { code, message, members, headers } = error.more;
    ctx.body = { error: code, error_description: message, ...members };
    ctx.set(headers);
  });
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
