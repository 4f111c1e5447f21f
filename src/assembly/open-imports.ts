import { createSubjectMoves } from '../identities/subject-moves-store.ts';
import { createUserImportStore } from '../identities/user-import-store.ts';
import { createImports, type Imports } from '../imports/imports.ts';
import type { Events } from '../kit/events/events.ts';
import { createLog } from '../kit/log.ts';
import type { Connections } from '../login/connections.ts';
import { createEntryStore } from '../vault/entry-store.ts';
import { createEntryImportStore } from '../vault/import-store.ts';
import { createTokenImport } from '../vault/import-tokens.ts';
import type { OpenStore } from './open-store.ts';
import { createRekey } from './rekey.ts';
import { createTokenSeals } from './token-seals.ts';

/** Returns the import of another product's users into an open database. */
export async function openImports(
  { database, keyring, rowTags, clock }: OpenStore,
  connections: Connections,
  events: Events,
): Promise<Imports> {
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
  return createImports({ connections, identities, rekey, vault, clock, events });
}
