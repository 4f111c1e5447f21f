import type { Identity } from '../identities/identities.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { AccountDeps } from './ports.ts';

export interface MyAccount {
  readonly identity: Identity;
  readonly connection: Connection;
}

/** Returns one of the user's linked accounts. @throws Problem identity_not_found, also for the account of another user */
export async function findMine(
  { identities, connections }: Pick<AccountDeps, 'identities' | 'connections'>,
  userId: string,
  identityId: unknown,
): Promise<MyAccount> {
  const identity = (await identities.allOfUser(userId)).find(({ id }) => id === identityId);
  const connection = identity && (await connections.findById(identity.connectionId));
  if (!connection) throw new Problem('identity_not_found');
  return { identity, connection };
}
