import type { Secret } from '../../kit/secret.ts';
import type { Options } from './options.ts';

/** The provider's addresses. A connection can replace each one. */
export interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  /** Where it differs from `token`. */
  readonly refresh?: string;
  readonly userinfo?: string;
  readonly revocation?: string;
  /** The key set with which the provider signs JWTs (RFC 7517). */
  readonly jwks?: string;
  /** The base address of the provider's API. */
  readonly api: string;
}

/** The broker's registration at a provider: the connection's settings over the connector's defaults. */
export interface Registration {
  /** The connection's name in URLs and in the API. */
  readonly alias: string;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly redirectUri: string;
  /** The scopes that every sign-in requests. */
  readonly scopes: readonly string[];
  readonly endpoints: Endpoints;
  readonly issuer: string;
  /**
   * The origins of token sets that an earlier version of the broker stored without origins. Undefined: those of the
   * endpoints.
   */
  readonly unmarkedOrigins?: readonly string[] | undefined;
  /** The issuers under which earlier versions of the broker stored its identities. */
  readonly formerIssuers?: readonly string[];
  /** The connector's own settings, defaults included. */
  readonly options: Options;
  /** The secret ones among the connector's settings. */
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** Returns the issuers under which identities may be stored, the present one first. */
export function issuersOf({
  issuer,
  formerIssuers = [],
}: Pick<Registration, 'issuer' | 'formerIssuers'>): readonly string[] {
  return [issuer, ...formerIssuers];
}

/** The parameters of the provider's callback, as text, each once. Untrusted. */
export type Callback = Readonly<Record<string, string>>;

/** Returns the address for messages that the provider sends on its own. */
export function signalsAddress({ redirectUri }: Pick<Registration, 'redirectUri'>): string {
  return redirectUri.replace(/callback$/, 'signals');
}
