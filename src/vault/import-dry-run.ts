import { createHash } from 'node:crypto';
import { Secret } from '../kit/secret.ts';
import type { Connection } from '../login/connections.ts';
import { chooseSet, type Held, importedStoredSet } from './import-choice.ts';
import type { ImportedSet, ImportOutcome } from './imported-set.ts';
import { hasEnded } from './refresh/decide.ts';
import type { StoredSet } from './stored-set.ts';

/** The sets that a dry run would have stored, so that a second set of an identity has the same outcome as in a run. */
export interface DryRunSets {
  /** Returns the outcome. `stored`: the set in the vault; undefined: it has none. */
  take(incoming: ImportedSet, stored: Held | undefined, now: Date): ImportOutcome;
}

/** Keeps hashes in place of tokens: a run may have hundreds of thousands. */
export function createDryRunSets(): DryRunSets {
  const planned = new Map<string, StoredSet>();
  return {
    take(incoming, stored, now) {
      const { identityId, connection } = incoming;
      const set = importedStoredSet(incoming, now);
      const former = planned.get(identityId);
      if (!former && !stored) {
        planned.set(identityId, hashed(set));
        return 'new';
      }
      const arrived = { ...incoming, now, set: former ? hashed(set) : set };
      const held = former ? heldOf(former, connection, now) : stored;
      const chosen = held ? chooseSet(held, arrived) : set;
      if (typeof chosen === 'string') return chosen;
      planned.set(identityId, former ? chosen : hashed(chosen));
      return 'replaced';
    },
  };
}

function heldOf(set: StoredSet, connection: Connection, now: Date): Held {
  const refreshable =
    connection.connector.refresh.how === 'exchange-live-token' || set.tokens.refreshToken !== undefined;
  const { clientId } = connection.registration;
  const ended = hasEnded(
    { ...set, state: 'active', stateReason: null, clientId, refreshable },
    connection,
    now,
  );
  return { revoked: false, ended, refreshed: false, open: () => set };
}

function hashed(set: StoredSet): StoredSet {
  const { accessToken, refreshToken } = set.tokens;
  return {
    ...set,
    tokens: {
      ...set.tokens,
      accessToken: hashOf(accessToken),
      refreshToken: refreshToken && hashOf(refreshToken),
      parameters: {},
    },
  };
}

function hashOf(token: Secret): Secret {
  return new Secret(createHash('sha256').update(token.reveal()).digest('base64'));
}
