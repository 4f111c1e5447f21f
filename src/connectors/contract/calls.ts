import type { Json } from '../../kit/exact-json.ts';
import type { Secret } from '../../kit/secret.ts';
import type { TokenSet } from './arrived.ts';
import type { ProviderKeys } from './provider-keys.ts';
import type { Callback, Registration } from './registration.ts';
import type { Wire } from './wire.ts';

// What a connector's functions are given.

export interface AuthorizeAsk {
  readonly loginHint?: string | undefined;
  /** Have the person sign in again at the provider. */
  readonly forceLogin: boolean;
  /** Seconds since the person signed in there at most; a provider that does not take it may be asked nevertheless. */
  readonly maxAge?: number | undefined;
  /** Ask for consent again, so that a refresh token or further scopes come. */
  readonly forceConsent: boolean;
  readonly locale: 'en' | 'zh';
}

export interface AccountCall {
  readonly tokens: TokenSet;
  readonly callback: Callback;
  readonly registration: Registration;
  readonly wire: Wire;
  readonly keys: ProviderKeys;
  readonly now: Date;
}

export interface IdentifyCall {
  readonly code: string;
  readonly callback: Callback;
  readonly registration: Registration;
  readonly wire: Wire;
  /** With the one it was `refused` with, another is asked for. */
  readonly appToken: (refused?: Secret) => Promise<Secret>;
  readonly now: Date;
}

export interface RevokeCall {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** Those that came with the tokens. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly account: { readonly subject: string };
  readonly registration: Registration;
  readonly wire: Wire;
}

export interface ParametersAsk {
  readonly accessToken: Secret;
  readonly extra: Readonly<Record<string, Json>>;
  /** Empty at a refresh. */
  readonly callback: Callback;
  readonly registration: Registration;
}

export interface AppToken {
  readonly token: Secret;
  /** Seconds. */
  readonly expiresIn: number;
}
