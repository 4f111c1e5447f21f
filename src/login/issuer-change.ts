import { isDeepStrictEqual } from 'node:util';
import { issuersOf, type Registration } from '../connectors/contract/registration.ts';
import type { Transaction } from '../kit/database/database.ts';
import { Problem } from '../kit/problem.ts';

/** The identities by issuer, as the room `identities` stores them. */
export interface IssuerMoves {
  count(connectionId: string, issuers: readonly string[]): Promise<number>;
  /** Returns the number of identities that moved. */
  move(
    transaction: Transaction,
    connectionId: string,
    change: { readonly from: string; readonly to: string },
  ): Promise<number>;
}

/** A pending change of a connection's issuer, and the identities that it affects. */
export interface IssuerChange {
  readonly from: string;
  readonly to: string;
  /** The number of identities under the old issuer. */
  readonly identities: number;
  /** True if they move to the new issuer; false if they stay, and the same people get new identities. */
  readonly moves: boolean;
  /** Returns the number of identities that moved. */
  carryOut(transaction: Transaction): Promise<number>;
}

export interface IssuerChanging {
  readonly id: string;
  readonly before: Registration;
  readonly after: Registration;
  /** The admin's decision; undefined if none was made. */
  readonly moveIdentities: boolean | undefined;
}

/**
 * Plans the change of an issuer; undefined if it stays. A subject names an account within one issuer. If only
 * the issuer's name is corrected and the endpoints stay, the identities move to the new name. If the
 * endpoints change too, the provider may have moved, or it may be another provider whose subjects mean other
 * people. Only the admin knows which.
 * @throws Problem conflict when the admin has to decide
 */
export async function issuerChange(
  { id, before, after, moveIdentities }: IssuerChanging,
  moves: IssuerMoves,
): Promise<IssuerChange | undefined> {
  const { issuer: from } = before;
  const { issuer: to } = after;
  if (from === to) return undefined;
  const identities = await moves.count(id, issuersOf(before));
  const movesIdentities =
    moveIdentities ?? (identities === 0 || hasSameSubjectSources(before, after) ? true : undefined);
  if (movesIdentities === undefined) throw undecided({ from, to, identities });
  return {
    from,
    to,
    identities,
    moves: movesIdentities,
    async carryOut(transaction) {
      // Identities that an earlier version stored under a former name belong to the old issuer in either
      // case.
      for (const former of before.formerIssuers ?? [])
        await moves.move(transaction, id, { from: former, to: from });
      return movesIdentities ? await moves.move(transaction, id, { from, to }) : 0;
    },
  };
}

/** Compares the endpoints from which a subject may come. */
function hasSameSubjectSources(
  { endpoints: one }: Registration,
  { endpoints: other }: Registration,
): boolean {
  const sourcesOf = ({ token, userinfo, jwks, api }: Registration['endpoints']) => [
    token,
    userinfo,
    jwks,
    api,
  ];
  return isDeepStrictEqual(sourcesOf(one), sourcesOf(other));
}

function undecided({ from, to, identities }: { from: string; to: string; identities: number }): Problem {
  const detail = `The issuer would change from ${from} to ${to}, and ${identities} linked accounts are known by it. Send move_identities: true where it is the same provider under another name, so that they stay who they are; send move_identities: false where it is another provider, whose people are new ones.`;
  return new Problem('conflict', { detail, members: { identities, issuer: { from, to } } });
}
