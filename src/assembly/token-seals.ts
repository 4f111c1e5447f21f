import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Logger } from '../kit/log.ts';
import type { Connection } from '../login/connections.ts';
import type { IssuerMoves } from '../login/issuer-change.ts';
import { createOwnerMoves, type OwnerMoves } from '../vault/owner-moves.ts';
import { createSealStateStore } from '../vault/seal-state-store.ts';
import { createSealTransition, type SealTransition } from '../vault/seal-transition.ts';
import { type TokenKeyring, withUnbound } from '../vault/token-keyring.ts';

export interface TokenSealsDeps {
  readonly database: Pick<Database, 'pool' | 'prisma'>;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Logger;
  readonly connections: () => Promise<readonly Connection[]>;
}

export interface TokenSeals extends Pick<SealTransition, 'advance' | 'refresh'> {
  /** The keyring for the entries of the vault. */
  readonly entries: TokenKeyring;
  /**
   * The keyring for the queue of upstream revocations. Its sets leave within three days, and only to end a grant, so those
   * of the version before open.
   */
  readonly queue: TokenKeyring;
  readonly ownerMoves: OwnerMoves;
}

/** Returns the seals of token sets, which bind the owner of their identity. */
export async function createTokenSeals(deps: TokenSealsDeps): Promise<TokenSeals> {
  const { prisma, pool } = deps.database;
  const transition = createSealTransition({ ...deps, pool, store: createSealStateStore(prisma) });
  await transition.start();
  const { keyring: entries } = transition;
  const writes = () => entries.unbound?.writes() ?? false;
  return {
    ...transition,
    entries,
    queue: withUnbound(deps.keyring, { opens: () => true, writes }),
    ownerMoves: createOwnerMoves(entries, deps.log),
  };
}

/** Returns the moves of identities to a corrected issuer, which their token sets follow. */
export function withOwnerMoves(moves: IssuerMoves, ownerMoves: () => OwnerMoves): IssuerMoves {
  return {
    count: moves.count,
    async move(transaction, connectionId, { from, to }) {
      const count = await moves.move(transaction, connectionId, { from, to });
      if (count > 0)
        await ownerMoves().follow(transaction, { connectionId, issuer: to }, (owner) => [
          owner[0],
          owner[1],
          from,
          owner[3],
        ]);
      return count;
    },
  };
}
