import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import { askedMark, isAsked } from './asked.ts';
import { type Entry, nextVersion } from './entry.ts';
import type { EntryStore } from './entry-store.ts';
import { chooseSet, type Held, importedStoredSet } from './import-choice.ts';
import { createDryRunSets } from './import-dry-run.ts';
import type { EntryImportStore } from './import-store.ts';
import type { ImportedSet, ImportOutcome } from './imported-set.ts';
import type { Owner } from './owner-store.ts';
import { hasEnded } from './refresh/decide.ts';
import { openStoredSet, sealStoredSet } from './stored-set.ts';
import type { TokenKeyring } from './token-keyring.ts';

/** Stores token sets that another product exported. */
export interface TokenImport {
  /** `dry`: the run only says what would happen. */
  begin(dry: boolean): TokenImportRun;
}

export interface TokenImportRun {
  /** Returns the outcomes in the order of the sets. */
  take(incoming: readonly ImportedSet[]): Promise<readonly ImportOutcome[]>;
}

export interface TokenImportDeps {
  readonly entries: Pick<EntryStore, 'findMany' | 'findOwners' | 'supersede'>;
  readonly importStore: EntryImportStore;
  readonly keyring: TokenKeyring;
  readonly clock: Clock;
  readonly events: Events;
}

/** Refreshes and sign-ins may change an entry between read and save. Twenty times in a row, something is wrong. */
const mostTries = 20;

export function createTokenImport({
  entries,
  importStore,
  keyring,
  clock,
  events,
}: TokenImportDeps): TokenImport {
  const find = async (identityId: string) => (await entries.findMany([identityId]))[0];

  function heldOf(entry: Entry, connection: Connection): Held {
    const { lastRefreshedAt, depositedAt } = entry;
    return {
      revoked: entry.state === 'revoked',
      ended: hasEnded(entry, connection, clock.now()),
      refreshed: lastRefreshedAt !== null && lastRefreshedAt >= depositedAt,
      open: () => openStoredSet(keyring, entry),
    };
  }

  function choose(entry: Entry, incoming: ImportedSet) {
    const now = clock.now();
    const arrived = { ...incoming, set: importedStoredSet(incoming, now), now };
    return chooseSet(heldOf(entry, incoming.connection), arrived);
  }

  /** Decides again as often as the entry has changed meanwhile: a refresh that has just failed makes room. */
  async function store(incoming: ImportedSet, known: Entry | undefined): Promise<ImportOutcome> {
    const { identityId, connection } = incoming;
    const { connector, registration } = connection;
    let entry = known;
    for (let tries = 0; tries < mostTries; tries += 1) {
      entry ??= await find(identityId);
      if (!entry) return 'unlinked_here';
      const set = choose(entry, incoming);
      if (typeof set === 'string') return set;
      const { owner } = entry;
      const version = nextVersion(entry);
      const place = {
        ...{ identityId, owner, version },
        ...{ traits: connector.refresh, clientId: registration.clientId },
      };
      const tokens = sealStoredSet(keyring, set, place);
      const mark = isAsked(entry) ? { dead: askedMark } : {};
      const save = { tokens, now: clock.now(), by: 'arrival', revives: true, ...mark } as const;
      if (await entries.supersede(entry, save)) {
        await events.record({
          type: 'token.deposited',
          ...{ userId: owner[0], identityId, connection: connection.alias },
          detail: { outcome: 'replaced', version, by: 'import' },
        });
        return 'replaced';
      }
      entry = undefined;
    }
    throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
  }

  function sealedNew(incoming: ImportedSet, owner: Owner) {
    const { identityId, connection } = incoming;
    const { connector, registration } = connection;
    const { clientId } = registration;
    const place = { identityId, owner, version: 1, traits: connector.refresh, clientId };
    const sealed = sealStoredSet(keyring, importedStoredSet(incoming, clock.now()), place);
    return { identityId, connectionId: connection.id, ...sealed };
  }

  /** Stores the first set of each identity without one. Returns those that were stored. */
  async function insert(fresh: readonly ImportedSet[]): Promise<ReadonlySet<ImportedSet>> {
    const stored = new Set<ImportedSet>();
    let left = fresh;
    // A merge, or a correction of an id, may move an identity between the reading of its owner and the insertion.
    for (let tries = 0; tries < mostTries && left.length > 0; tries += 1) {
      const owners = await entries.findOwners(left.map(({ identityId }) => identityId));
      const sealed = left.flatMap((one) => {
        const owner = owners.get(one.identityId);
        // The identity was unlinked meanwhile.
        return owner ? [sealedNew(one, owner)] : [];
      });
      const { inserted, moved } = await importStore.insertMany(sealed, clock.now());
      for (const one of left) if (inserted.has(one.identityId)) stored.add(one);
      left = left.filter(({ identityId }) => moved.has(identityId));
    }
    return stored;
  }

  return {
    begin(dry) {
      const planned = createDryRunSets();
      return {
        async take(incoming) {
          const ids = [...new Set(incoming.map(({ identityId }) => identityId))];
          const known = new Map((await entries.findMany(ids)).map((entry) => [entry.identityId, entry]));
          const taken = new Set<string>();
          const fresh = incoming.filter(({ identityId }) => {
            const isFirst = !known.has(identityId) && !taken.has(identityId);
            return isFirst && taken.add(identityId);
          });
          const inserted = dry ? undefined : await insert(fresh);
          const outcomes: ImportOutcome[] = [];
          for (const one of incoming) {
            const entry = known.get(one.identityId);
            if (inserted) {
              // A second set of the same identity meets what the first has left.
              known.delete(one.identityId);
              outcomes.push(inserted.has(one) ? 'new' : await store(one, entry));
            } else outcomes.push(planned.take(one, entry && heldOf(entry, one.connection), clock.now()));
          }
          return outcomes;
        },
      };
    },
  };
}
