import { createRemoveUser } from './erase-user.ts';
import { createMergeRows } from './merge-users.ts';
import type { RemovalDeps, Removals } from './ports.ts';
import { createRemoveConnectionRows } from './remove-connection.ts';
import { createUnlink } from './unlink-identity.ts';

export function createRemovals(deps: RemovalDeps): Removals {
  return {
    unlink: createUnlink(deps),
    eraseUser: createRemoveUser(deps),
    mergeUsers: createMergeRows(deps),
    removeConnection: createRemoveConnectionRows(deps),
  };
}
