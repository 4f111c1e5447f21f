export type EndReason = 'removed_by_user' | 'revoked_by_client' | 'rotated' | 'reused' | 'limit';

/** What a person allowed a client: one per pair, as the providers' "connected apps" pages show it. */
export interface Grant {
  readonly id: string;
  readonly user: string;
  readonly clientId: string;
  scopes: string[];
  declined: string[];
  /** Whether a refresh token was ever consented to. */
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
  /** OpenID Connect Core 5.5, as it was asked. */
  readonly claims?: string | null;
  /** When the person signed in, in epoch seconds, where the client has asked (`max_age`). */
  readonly authTime?: number | null;
  /** This code brings a refresh token. */
  readonly offline: boolean;
  /** The family that its tokens will belong to. */
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
  /** Of a refresh token: how often it was presented although it had been exchanged for a successor. */
  replays?: number;
  /** When that happened first. */
  reusedAt?: number;
  /** Those of them whose answer a fault struck too. */
  struckReplays?: number;
  /** Of a refresh token: the fault that struck the refresh which issued it, so that its client may not know it. */
  struckBy?: string;
}

export interface LedgerRecords {
  readonly grants: Grant[];
  readonly codes: Code[];
  readonly tokens: Token[];
}
