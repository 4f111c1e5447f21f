import type { Prisma } from '../kit/database/database.ts';
import type { IdentityKey } from './identity-key.ts';
import type { SharedId } from './shared-id.ts';

export type IdentityRow = Prisma.IdentityModel;

/** The part of an identity that each sign-in updates. */
export interface IdentityProfile {
  /** Further ids of the account at the provider, by the provider's name for each, such as `unionid`. */
  readonly alternates: Readonly<Record<string, string>>;
  readonly name: string | null;
  readonly picture: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly shared: SharedId | undefined;
}

export interface NewIdentity extends IdentityKey, IdentityProfile {
  readonly id: string;
  readonly userId: string;
}
