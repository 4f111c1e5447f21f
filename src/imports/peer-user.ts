import type { JsonObject } from '../connectors/contract/wire.ts';
import type { Secret } from '../kit/secret.ts';
import type { Reason } from './reasons.ts';

/** A user as another product exports it, in one shape. */
export interface PeerUser {
  /** The id it has there. */
  readonly ref: string;
  readonly name: string | undefined;
  readonly picture: string | undefined;
  readonly disabled: boolean;
  readonly createdAt: Date | undefined;
  readonly lastLoginAt: Date | undefined;
  readonly accounts: readonly PeerAccount[];
  /** What the record holds that has no place here. */
  readonly left: readonly Reason[];
  /** The record tells too little of the user to make one of it: it adds to one who is here. */
  readonly addsOnly?: true;
}

export interface PeerAccount {
  /** What the peer calls the connection. */
  readonly connection: string;
  readonly subject: string;
  readonly name: string | undefined;
  readonly picture: string | undefined;
  readonly email: string | undefined;
  /** As much of the provider's own profile as the peer has kept. */
  readonly profile: JsonObject;
  readonly tokens: PeerTokens | 'encrypted' | undefined;
}

export interface PeerTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly idToken: Secret | undefined;
  /** Undefined: not kept. */
  readonly scopes: readonly string[] | undefined;
  /** Further members of the provider's answer. */
  readonly extra: JsonObject;
  readonly accessEndsAt: Date | undefined;
  readonly refreshEndsAt: Date | undefined;
  /** Seconds the access token lived from its issue on. */
  readonly lifetime: number | undefined;
  /** It cannot have been issued later. */
  readonly issuedBy: Date | undefined;
}

/** Reads one record of a peer's export. @throws ZodError when it is none */
export type ReadUser = (record: unknown) => PeerUser;
