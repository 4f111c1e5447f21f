import type { JsonObject } from '../kit/exact-json.ts';
import type { Secret } from '../kit/secret.ts';
import type { Reason } from './reasons.ts';

/** A user of another product's export, in one shape for all products. */
export interface ExportedUser {
  /** The user's id in the export. */
  readonly ref: string;
  readonly name: string | undefined;
  readonly picture: string | undefined;
  readonly disabled: boolean;
  /** The end of the block, if it ends by itself. */
  readonly disabledUntil?: Date | undefined;
  readonly createdAt: Date | undefined;
  readonly lastLoginAt: Date | undefined;
  readonly accounts: readonly ExportedAccount[];
  /** The reasons why parts of the record cannot be imported. */
  readonly left: readonly Reason[];
  /** True if the record only adds accounts to a user who must exist here already. */
  readonly addsOnly?: true;
}

export interface ExportedAccount {
  /** The name of the connection in the export. */
  readonly connection: string;
  readonly subject: string;
  readonly name: string | undefined;
  readonly picture: string | undefined;
  readonly email: string | undefined;
  /** The provider's own profile, as far as the export has it. */
  readonly profile: JsonObject;
  /** The further members of the profile that differ from client to client, by the client's id. */
  readonly profileByClient?: Readonly<Record<string, JsonObject>>;
  /** The ID token, if it is readable and the tokens are not. */
  readonly idToken?: Secret | undefined;
  /** `encrypted`: the operator gave no secret for them. */
  readonly tokens: ExportedTokens | 'encrypted' | Unopened | undefined;
}

export interface ExportedTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly idToken: Secret | undefined;
  /** Undefined if the export does not state them. */
  readonly scopes: readonly string[] | undefined;
  /**
   * `granted`: the provider stated them with this very access token. `once granted`: they were granted to the account at some
   * time, and the token may lack some, or have others.
   */
  readonly scopesAre: 'granted' | 'once granted';
  /** Further members of the provider's answer. */
  readonly extra: JsonObject;
  readonly accessEndsAt: Date | undefined;
  readonly refreshEndsAt: Date | undefined;
  /** The lifetime of the access token in seconds, from its issue. */
  readonly lifetime: number | undefined;
  /** The latest time at which the tokens can have been issued. */
  readonly issuedBy: Date | undefined;
}

/** Reads one record of an export. @throws ZodError when the record has another shape */
export type ReadUser = (record: unknown, context: ReadContext) => ExportedUser;

export interface ReadContext {
  readonly now: Date;
  /** Undefined: the operator gave no secret of the product. */
  readonly open?: Open | undefined;
}

/** Opens a value that a product has encrypted, as the export has it, with the operator's own secret of that product. */
export type Open = (sealed: unknown) => Opened;

export type Opened = { readonly text: Secret } | Unopened;

/** Encrypted tokens that stay closed. */
export interface Unopened {
  /** The reason, in words for the operator. */
  readonly unopened: string;
}
