import type { Transaction } from '../kit/database/database.ts';
import { type Keyring, UnreadableError } from '../kit/keys/keyring.ts';
import type { Logger } from '../kit/log.ts';
import { type EntryTokens, openTokens, sealTokens } from './entry-tokens.ts';
import {
  lockMovedSeals,
  type Moved,
  type OwnedSeal,
  type Owner,
  type Resealed,
  replaceSealsIn,
} from './owner-store.ts';
import type { TokenKeyring } from './token-keyring.ts';

/** Seals token sets for another owner, when the product itself gives an identity to another user or issuer. */
export interface OwnerMoves {
  /**
   * Runs in the transaction that has just changed the identities. `former` returns the owner before the change. A set
   * that opens for neither owner stays as it is: another hand has changed its identity.
   */
  follow(transaction: Transaction, moved: Moved, former: (owner: Owner) => Owner): Promise<void>;
}

/** Sets of one statement. */
const batch = 1_000;

export function createOwnerMoves(keyring: TokenKeyring, log: Pick<Logger, 'error'>): OwnerMoves {
  function resealed(seal: OwnedSeal, former: (owner: Owner) => Owner): Resealed | undefined {
    const own = tokensOf(keyring, seal, seal.owner);
    // During the transition it may bind no owner yet. A save that has read the former owner must not go over it.
    if (own && !keyring.unbound?.opens()) return undefined;
    const tokens = own ?? tokensOf(keyring, seal, former(seal.owner));
    if (!tokens) log.error({ identityId: seal.identityId }, 'a token set of a moved identity does not open');
    return tokens && { was: seal, ...sealTokens(keyring, tokens, seal) };
  }

  return {
    async follow(transaction, moved, former) {
      for (let after = ''; ; ) {
        const seals = await lockMovedSeals(transaction, moved, { after, limit: batch });
        await replaceSealsIn(
          transaction,
          seals.flatMap((seal) => resealed(seal, former) ?? []),
        );
        const last = seals.at(-1);
        if (!last || seals.length < batch) return;
        after = last.identityId;
      }
    },
  };
}

/** Returns the tokens if the set opens for this owner. */
export function tokensOf(
  keyring: Keyring | TokenKeyring,
  seal: OwnedSeal,
  owner: Owner,
): EntryTokens | undefined {
  try {
    return openTokens(keyring, { ...seal, owner });
  } catch (error) {
    if (error instanceof UnreadableError) return undefined;
    throw error;
  }
}
