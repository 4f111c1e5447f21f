import type { Keyring } from '../kit/keys/keyring.ts';

/** The keyring of the vault, during the transition from seals that do not bind the owner. */
export interface TokenKeyring extends Keyring {
  /** Absent: the transition is over, and such seals do not open. */
  readonly unbound?: { readonly opens: () => boolean; readonly writes: () => boolean } | undefined;
}

/** Returns the keyring with a transition. Its ids of keys stay live, which a copy of the members would not be. */
export function withUnbound(keyring: Keyring, unbound: TokenKeyring['unbound']): TokenKeyring {
  return Object.assign(Object.create(keyring) as Keyring, { unbound });
}
