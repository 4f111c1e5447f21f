import { createBrowserSessionStore } from '../http/browser-session-store.ts';
import { createIdentityRemovals } from '../identities/identity-removals-store.ts';
import { createMistakenIdentities } from '../identities/mistaken-store.ts';
import { createSubjectMoves } from '../identities/subject-moves-store.ts';
import type { Events } from '../kit/events/events.ts';
import { createLog } from '../kit/log.ts';
import { createAskSubject } from '../offboarding/ask-subject.ts';
import { createMendIdentities } from '../offboarding/mend-identities.ts';
import { createMergeMistaken } from '../offboarding/merge-mistaken.ts';
import { createEntryMoves } from '../vault/entry-moves.ts';
import type { Broker } from './broker.ts';
import type { OpenStore } from './open-store.ts';
import { createRekey } from './rekey.ts';
import { createTokenSeals } from './token-seals.ts';

/** Returns the search for identities that earlier imports stored under a wrong id, in an open database. */
export async function openMending(
  { database, keyring, rowTags, clock }: OpenStore,
  { connections, identities, vault, issuance }: Broker,
  events: Events,
) {
  const log = createLog('silent');
  const tokenSeals = await createTokenSeals({ database, keyring, clock, log, connections: connections.all });
  const { ownerMoves } = tokenSeals;
  const mistaken = createMistakenIdentities(database.prisma, rowTags);
  return createMendIdentities({
    mistaken,
    holdsRole: async (userId) => ((await identities.findUser(userId))?.roles.length ?? 0) > 0,
    vault,
    ask: createAskSubject(vault),
    rekey: createRekey({ database, subjectMoves: createSubjectMoves(rowTags), ownerMoves, events }),
    merge: createMergeMistaken({
      ...{ database, ownerMoves, events, issuance, clock, mistaken },
      identityRemovals: createIdentityRemovals(rowTags),
      entryMoves: createEntryMoves(tokenSeals.entries),
      accountSessions: createBrowserSessionStore(database.pool),
    }),
  });
}
