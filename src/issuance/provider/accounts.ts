import type { Account } from 'oidc-provider';
import type { People } from '../ports.ts';
import { claimsOf } from '../tokens/person-claims.ts';

/** People as oidc-provider sees them: who is switched off is nobody, so nothing is issued or refreshed for them. */
export function createFindAccount(people: Pick<People, 'find'>) {
  return async (_ctx: unknown, id: string): Promise<Account | undefined> => {
    const person = await people.find(id);
    if (!person || person.disabled) return undefined;
    return { accountId: person.id, claims: () => ({ ...claimsOf(person) }) };
  };
}
