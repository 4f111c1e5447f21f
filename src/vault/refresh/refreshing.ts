import { randomUUID } from 'node:crypto';
import type { Database } from '../../kit/database/database.ts';
import { type Contact, createContact } from './contact.ts';
import { createReach } from './reach-store.ts';
import type { RefreshDeps } from './refresh-deps.ts';
import { createSpill } from './spill.ts';
import { createUnderWay } from './under-way.ts';

export interface Refreshing extends RefreshDeps {
  readonly contact: Contact & { end(): void };
}

type Given = Omit<RefreshDeps, 'owner' | 'underWay' | 'contact' | 'spill'>;

/** The parts that the refreshes of one process share. */
export function createRefreshing({
  database,
  spillDirectory,
  ...given
}: Given & { readonly database: Database; readonly spillDirectory: string }): Refreshing {
  return {
    ...given,
    owner: randomUUID(),
    underWay: createUnderWay(),
    contact: createContact(createReach(database.pool)),
    spill: createSpill(spillDirectory, given.keyring, given.log),
  };
}
