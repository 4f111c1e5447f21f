import type { Request } from 'express';
import type { User } from '../identities/identities.ts';
import { actAs } from '../kit/request-context.ts';
import type { AccountDeps } from './ports.ts';
import { endSession, longestSession } from './session.ts';

/** Returns the user of this browser session, unless it is too old or the user is disabled or erased. */
export type FindVisitor = (request: Request) => Promise<User | undefined>;

export function createFindVisitor({
  identities,
  clock,
}: Pick<AccountDeps, 'identities' | 'clock'>): FindVisitor {
  return async (request) => {
    const { userId, authTime = 0 } = request.session;
    if (userId === undefined) return undefined;
    const user = await identities.findUser(userId);
    const tooOld = clock.now().getTime() - authTime > longestSession;
    if (user && !user.disabledAt && !tooOld) {
      actAs({ kind: 'person', id: user.id });
      return user;
    }
    await endSession(request);
    return undefined;
  };
}
