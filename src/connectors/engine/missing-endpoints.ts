import type { Traits } from '../contract/contract.ts';

/** Those addresses that a connection at this provider must give, and does not. */
export function missingEndpoints(
  { perConnection = [] }: Pick<Traits, 'perConnection'>,
  given: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return perConnection.filter((name) => given[name] === undefined);
}
