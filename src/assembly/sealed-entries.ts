import { createIssuerMoves } from '../identities/issuer-moves-store.ts';
import { createSubjectMoves } from '../identities/subject-moves-store.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { Events } from '../kit/events/events.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Logger } from '../kit/log.ts';
import type { Outbound } from '../kit/outbound.ts';
import { createConnectionStore } from '../login/connection-store.ts';
import { createConnections } from '../login/connections.ts';
import { withKnownKeys } from '../vault/known-keys.ts';
import { createRecentSaves } from '../vault/recent-saves.ts';
import { createRekey } from './rekey.ts';
import { createTokenSeals, withOwnerMoves } from './token-seals.ts';

export interface SealedEntriesDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly rowTags: RowTags;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
  readonly issuer: string;
}

/** Returns the connections and the vault's entries. A change of a connection may seal entries again. */
export async function createSealedEntries(deps: SealedEntriesDeps) {
  const { database, keyring, rowTags } = deps;
  const saves = createRecentSaves(database);
  const entries = withKnownKeys(saves.store, keyring);
  const connections = createConnections({
    ...deps,
    store: createConnectionStore(database, rowTags),
    issuerMoves: withOwnerMoves(createIssuerMoves(database, rowTags), () => tokenSeals.ownerMoves),
    onRegistrationChanged: (connectionId) => entries.retryRefused(connectionId),
  });
  const tokenSeals = await createTokenSeals({ ...deps, connections: connections.all });
  const subjectMoves = createSubjectMoves(rowTags);
  const rekey = createRekey({ ...deps, subjectMoves, ownerMoves: tokenSeals.ownerMoves });
  return { saves, entries, connections, tokenSeals, rekey };
}
