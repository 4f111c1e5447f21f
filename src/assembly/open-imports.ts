import { createBrowserSessionStore } from '../http/browser-session-store.ts';
import { createSubjectMoves } from '../identities/subject-moves-store.ts';
import { createUserImportStore } from '../identities/user-import-store.ts';
import { createImports, type Imports } from '../imports/imports.ts';
import { createEventStore } from '../kit/events/event-store.ts';
import type { Events } from '../kit/events/events.ts';
import { createLog } from '../kit/log.ts';
import { createEntryStore } from '../vault/entry-store.ts';
import { createEntryImportStore } from '../vault/import-store.ts';
import { createTokenImport } from '../vault/import-tokens.ts';
import { createBlockedUsers } from './blocked-users.ts';
import type { Broker } from './broker.ts';
import type { OpenStore } from './open-store.ts';
import { createRekey } from './rekey.ts';
import { createTokenSeals } from './token-seals.ts';

/** Returns the import of another product's users into an open database. */
export async function openImports(
  { database, keyring, rowTags, clock }: OpenStore,
  broker: Pick<Broker, 'connections' | 'identities' | 'issuance'>,
  events: Events,
): Promise<Imports> {
  const { connections } = broker;
  const log = createLog('silent');
  const tokenSeals = await createTokenSeals({ database, keyring, clock, log, connections: connections.all });
  const vault = createTokenImport({
    entries: createEntryStore(database),
    importStore: createEntryImportStore(database.prisma),
    keyring: tokenSeals.entries,
    clock,
    events,
  });
  const identities = createUserImportStore(database.pool, rowTags);
  const subjectMoves = createSubjectMoves(rowTags);
  const rekey = createRekey({ database, subjectMoves, ownerMoves: tokenSeals.ownerMoves, events });
  const blockedUsers = createBlockedUsers({
    ...broker,
    eventStore: createEventStore(database.prisma),
    users: identities,
    accountSessions: createBrowserSessionStore(database.pool),
  });
  return createImports({ connections, identities, rekey, blockedUsers, vault, clock, events });
}
