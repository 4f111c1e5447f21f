import type { Secret } from '../../kit/secret.ts';
import type { Options } from './options.ts';

export interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  /** Where it differs from `token`. */
  readonly refresh?: string;
  readonly userinfo?: string;
  readonly revocation?: string;
  readonly jwks?: string;
  /** Base address of the provider's API. */
  readonly api: string;
}

/** What the registration at the provider is: the connector's defaults under the connection's own settings. */
export interface Registration {
  readonly alias: string;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly endpoints: Endpoints;
  readonly issuer: string;
  /** Under which earlier versions of ours kept its people. */
  readonly formerIssuers?: readonly string[];
  /** The connector's own settings, defaults included. */
  readonly options: Options;
  /** Those of them that are secret. */
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** Under which its people may be known, the present one first. */
export function issuersOf({
  issuer,
  formerIssuers = [],
}: Pick<Registration, 'issuer' | 'formerIssuers'>): readonly string[] {
  return [issuer, ...formerIssuers];
}

/** Everything the provider's answer carried, as text, each once. Untrusted. */
export type Callback = Readonly<Record<string, string>>;

/** Where the provider's messages go that it sends unasked. */
export function signalsAddress({ redirectUri }: Pick<Registration, 'redirectUri'>): string {
  return redirectUri.replace(/callback$/, 'signals');
}
