import type { Secret } from '../../kit/secret.ts';

/** What the vault holds of a grant. */
export interface HeldTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** Those that came with the tokens. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

export interface HeldGrant extends HeldTokens {
  readonly subject: string;
  /** Undefined: no stated end. */
  readonly accessExpiresAt?: Date | undefined;
}
