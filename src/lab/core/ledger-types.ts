export type EndReason = 'removed_by_user' | 'revoked_by_client' | 'rotated' | 'reused' | 'limit';

/** A person's grant to a client: one per pair, as the providers' "connected apps" pages list it. */
export interface Grant {
  readonly id: string;
  readonly user: string;
  readonly clientId: string;
  scopes: string[];
  declined: string[];
  /** Whether the person ever consented to offline access. */
  offline: boolean;
  approvedAt: number;
  ended: EndReason | null;
}

export interface Code {
  readonly value: string;
  readonly grant: string;
  readonly user: string;
  readonly clientId: string;
  readonly scopes: string[];
  readonly redirectUri: string;
  readonly challenge: { readonly method: string; readonly value: string } | null;
  readonly nonce: string | null;
  /** The requested claims (OpenID Connect Core 5.5). */
  readonly claims?: string | null;
  /** The time of the sign-in in epoch seconds, where the client requested it (`max_age`). */
  readonly authTime?: number | null;
  /** The exchange of this code returns a refresh token. */
  readonly offline: boolean;
  /** The family of its tokens. */
  readonly family: string;
  readonly expiresAt: number;
  usedAt: number | null;
}

export interface Token {
  readonly value: string;
  readonly kind: 'access' | 'refresh';
  readonly grant: string;
  readonly user: string;
  readonly clientId: string;
  scopes: string[];
  /** All tokens that descend from one code. */
  readonly family: string;
  readonly issuedAt: number;
  expiresAt: number | null;
  ended: EndReason | null;
  /** For a refresh token: the number of times it was presented after it had been exchanged for a successor. */
  replays?: number;
  /** The time of the first one. */
  reusedAt?: number;
  /** Those of them whose answer a fault hit too. */
  struckReplays?: number;
  /** For a refresh token: the fault that hit the refresh that issued it, so that the client may not know it. */
  struckBy?: string;
}

export interface LedgerRecords {
  readonly grants: Grant[];
  readonly codes: Code[];
  readonly tokens: Token[];
}
