import type { TokenSet, UpstreamAccount } from '../connectors/contract/upstream-sign-in.ts';
import type { Connection } from './connections.ts';

/** A sign-in that the provider has completed: the verified account, and the tokens that came with it. */
export interface CompletedSignIn {
  readonly connection: Connection;
  readonly account: UpstreamAccount;
  /**
   * The scopes are those granted, or those requested if the provider does not name them. Undefined if the
   * provider issues no tokens.
   */
  readonly tokens: (TokenSet & { readonly scopes: readonly string[] }) | undefined;
  /** The requested scopes beyond those of the connection. */
  readonly furtherScopes?: readonly string[] | undefined;
  /**
   * The time since the person signed in at the provider, if that was requested and the provider states it.
   */
  readonly secondsSinceSignIn?: number | undefined;
  /** The id of the provider's own session, if the provider states one. */
  readonly sid?: string | undefined;
  /** The milliseconds for which the provider was asked for tokens and account. */
  readonly providerTime?: number | undefined;
  readonly resume: Resume;
}

/** A completed sign-in without the flow that waits for it. */
export type VerifiedSignIn = Omit<CompletedSignIn, 'resume'>;

/** The flow that waits for the sign-in and continues after it. */
export type Resume =
  /** An authorization request of an app. */
  | { readonly kind: 'interaction'; readonly uid: string }
  /** A signed-in user links an identity, or reauthorizes one. */
  | {
      readonly kind: 'link';
      readonly userId: string;
      /** The only identity that is accepted, if set. */
      readonly identityId?: string;
      readonly returnTo: string;
      /** The page to show if the sign-in fails; the default is `returnTo`. */
      readonly troubleAt?: string | undefined;
      /** The id under which an app waits for the result. */
      readonly ticket?: string | undefined;
    };

/** The error that the waiting flow receives, in OAuth's words (RFC 6749 section 4.1.2.1). */
export type SignInFailure = 'access_denied' | 'server_error' | 'temporarily_unavailable';

export interface SignInStart {
  readonly alias: string;
  readonly resume: Resume;
  readonly loginHint?: string | undefined;
  readonly forceLogin: boolean;
  /** The most seconds that may have passed since the person signed in at the provider. */
  readonly maxAge?: number | undefined;
  readonly forceConsent: boolean;
  readonly locale: 'en' | 'zh';
  /** The scopes requested in addition to those of the connection. */
  readonly moreScopes?: readonly string[];
}
