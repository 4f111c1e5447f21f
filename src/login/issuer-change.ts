import { isDeepStrictEqual } from 'node:util';
import { issuersOf, type Registration } from '../connectors/contract/registration.ts';
import type { Transaction } from '../kit/database/database.ts';
import { Problem } from '../kit/problem.ts';

/** The identities that hang on an issuer; `identities/` has them. */
export interface IssuerMoves {
  count(connectionId: string, issuers: readonly string[]): Promise<number>;
  /** Returns how many moved. */
  move(
    transaction: Transaction,
    connectionId: string,
    change: { readonly from: string; readonly to: string },
  ): Promise<number>;
}

/** A connection whose issuer is about to change, with people who are known by it. */
export interface IssuerChange {
  readonly from: string;
  readonly to: string;
  readonly identities: number;
  readonly moves: boolean;
  /** Returns how many identities moved. */
  carryOut(transaction: Transaction): Promise<number>;
}

export interface IssuerChanging {
  readonly id: string;
  readonly before: Registration;
  readonly after: Registration;
  /** The admin's word. */
  readonly moveIdentities: boolean | undefined;
}

/**
 * A subject names an account within one issuer. Where a name is put right and the provider asked is the same, its people
 * stay who they are; where it is another address too, that may be the same provider moved or another one, whose subjects
 * mean other people. Only the admin knows.
 * @throws Problem conflict when the admin has to say it
 */
export async function issuerChange(
  { id, before, after, moveIdentities }: IssuerChanging,
  moves: IssuerMoves,
): Promise<IssuerChange | undefined> {
  const { issuer: from } = before;
  const { issuer: to } = after;
  if (from === to) return undefined;
  const identities = await moves.count(id, issuersOf(before));
  const answer = moveIdentities ?? (identities === 0 || asksTheSame(before, after) ? true : undefined);
  if (answer === undefined) throw undecided({ from, to, identities });
  return {
    from,
    to,
    identities,
    moves: answer,
    async carryOut(transaction) {
      // Identities that an earlier version kept under another name belong to the old issuer, whichever comes now.
      for (const former of before.formerIssuers ?? [])
        await moves.move(transaction, id, { from: former, to: from });
      return answer ? await moves.move(transaction, id, { from, to }) : 0;
    },
  };
}

/** Each address that a subject may come from. */
function asksTheSame({ endpoints: one }: Registration, { endpoints: other }: Registration): boolean {
  const asked = ({ token, userinfo, jwks, api }: Registration['endpoints']) => [token, userinfo, jwks, api];
  return isDeepStrictEqual(asked(one), asked(other));
}

function undecided({ from, to, identities }: { from: string; to: string; identities: number }): Problem {
  const detail = `The issuer would change from ${from} to ${to}, and ${identities} linked accounts are known by it. Send move_identities: true where it is the same provider under another name, so that they stay who they are; send move_identities: false where it is another provider, whose people are new ones.`;
  return new Problem('conflict', { detail, members: { identities, issuer: { from, to } } });
}
