import { createHash } from 'node:crypto';
import type { RefreshFamily } from '../../src/lab/refresh-history.ts';
import type { Entry } from '../../src/vault/entry.ts';
import { createEntryReads } from '../../src/vault/entry-store.ts';
import { openStoredSet } from '../../src/vault/stored-set.ts';
import { readIntentJournal, type WrittenIntent } from './intent-journal.ts';
import type { Person } from './person.ts';
import type { Stage } from './stage.ts';

/** The final state of both sides: the provider's records, and the opened vault. */
export interface Harvest {
  readonly families: readonly RefreshFamily[];
  readonly kept: readonly Kept[];
  readonly intents: readonly WrittenIntent[];
  readonly deaths: readonly NotedDeath[];
}

export interface Kept {
  readonly person: Person;
  readonly entry: Entry;
  /** The stored refresh token; undefined if the row does not open, or has none. */
  readonly hash: string | undefined;
  readonly opens: boolean;
}

/** The sequence of events in the audit log. */
export interface NotedDeath {
  readonly identityId: string;
  readonly at: Date;
  readonly reason: string;
}

/** Reads both sides one after the other, so no broker may be running. */
export async function harvest(stage: Stage, people: readonly Person[]): Promise<Harvest> {
  const entries = await createEntryReads(stage.pool).findMany(people.map(({ identityId }) => identityId));
  const byIdentity = new Map(entries.map((entry) => [entry.identityId, entry]));
  const deaths = await stage.pool.query<NotedDeath>(
    `SELECT identity_id AS "identityId", at, detail->>'reason' AS reason FROM audit_event
     WHERE type = 'token.reauthorization_required' ORDER BY at`,
  );
  return {
    families: await stage.control('GET', '/refresh-tokens'),
    kept: people.flatMap((person) => {
      const entry = byIdentity.get(person.identityId);
      return entry ? [opened(stage, person, entry)] : [];
    }),
    intents: await readIntentJournal(stage.pool),
    deaths: deaths.rows,
  };
}

function opened({ keyring }: Stage, person: Person, entry: Entry): Kept {
  try {
    const { refreshToken } = openStoredSet(keyring, entry).tokens;
    const hash = refreshToken && createHash('sha256').update(refreshToken.reveal()).digest('base64url');
    return { person, entry, hash, opens: true };
  } catch {
    // A revoked grant is deleted on purpose.
    return { person, entry, hash: undefined, opens: entry.state === 'revoked' };
  }
}
