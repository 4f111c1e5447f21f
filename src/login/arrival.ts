import type { TokenSet, UpstreamAccount } from '../connectors/contract/upstream-sign-in.ts';
import type { Connection } from './connections.ts';

/** Where a sign-in ends: somebody came back from a provider, verified, with tokens. */
export interface Arrival {
  readonly connection: Connection;
  readonly account: UpstreamAccount;
  /** With the scopes granted, or those asked for where the provider says nothing; undefined: it issues no tokens. */
  readonly tokens: (TokenSet & { readonly scopes: readonly string[] }) | undefined;
  /** Scopes asked for beyond those that the connection asks every person for. */
  readonly furtherScopes?: readonly string[] | undefined;
  /** Since the person signed in at the provider, where that was asked and told. */
  readonly secondsSinceSignIn?: number | undefined;
  /** The provider's own session, where it names it. */
  readonly sid?: string | undefined;
  readonly resume: Resume;
}

/** What waits for the arrival. */
export type Resume =
  /** An authorization request of an app. */
  | { readonly kind: 'interaction'; readonly uid: string }
  /** A signed-in user adds an account, or authorises one again. */
  | {
      readonly kind: 'link';
      readonly userId: string;
      /** Only this identity may arrive. */
      readonly identityId?: string;
      readonly returnTo: string;
      /** Where it ends when nothing came of it; `returnTo` unless told. */
      readonly troubleAt?: string | undefined;
      /** An app waits for it, and knows it by this. */
      readonly ticket?: string | undefined;
    };

/** Why nobody arrived, in OAuth's words. */
export type ArrivalFailure = 'access_denied' | 'server_error' | 'temporarily_unavailable';

export interface SignInStart {
  readonly alias: string;
  readonly resume: Resume;
  readonly loginHint?: string | undefined;
  readonly forceLogin: boolean;
  /** Seconds since the person signed in at the provider at most. */
  readonly maxAge?: number | undefined;
  readonly forceConsent: boolean;
  readonly locale: 'en' | 'zh';
  /** Beyond what the connection asks for anyway. */
  readonly moreScopes?: readonly string[];
}
