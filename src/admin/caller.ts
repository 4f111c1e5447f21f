import type { Actor } from '../kit/request-context.ts';
import type { Rights, Role } from './roles.ts';

/** The authenticated caller of an admin operation. */
export interface AdminCaller {
  readonly actor: Actor;
  /** The person behind the caller: a user id, also for a token that the person made, or `bootstrap`. */
  readonly principal: string;
  /** The weakest of the person's role and the caps of the token. */
  readonly role: Role;
  readonly rights: Rights;
  /** The person's role, without the caps of the token. */
  readonly held: Role;
  /** When the person signed in. Undefined for a caller without a person, and where it is not known. */
  readonly signedInAt: Date | undefined;
  /** Minutes of a sign-in suffice for a dangerous change. */
  readonly signedInRecently: boolean;
  /** The access token's or admin token's own end; undefined: it has none. */
  readonly expiresAt: Date | undefined;
}

/** Returns the author of a held change with the rights of now. Undefined: the author has none any more. */
export type CallerOf = (author: {
  readonly actorKind: string;
  readonly actorId: string | null;
}) => Promise<AdminCaller | undefined>;
