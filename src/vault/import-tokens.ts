import type { TokenSet } from '../connectors/contract/upstream-sign-in.ts';
import { isMoved, tokenOrigins } from '../connectors/engine/destinations.ts';
import type { Clock } from '../kit/clock.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import type { Connection } from '../login/connections.ts';
import { type Entry, nextVersion } from './entry.ts';
import type { EntryStore } from './entry-store.ts';
import type { EntryImportStore } from './import-store.ts';
import type { Owner } from './owner-store.ts';
import { hasEnded } from './refresh/decide.ts';
import { mergeArrived, sameRefreshToken } from './refresh/merge.ts';
import { openStoredSet, type StoredSet, sealStoredSet, storedSetOf } from './stored-set.ts';
import type { TokenKeyring } from './token-keyring.ts';

/** Stores token sets that another product exported. */
export interface TokenImport {
  /** Returns the outcome by identity id. `dry`: only says what would happen. */
  take(incoming: readonly ImportedSet[], dry: boolean): Promise<ReadonlyMap<string, ImportOutcome>>;
}

export interface ImportedSet {
  readonly identityId: string;
  readonly connection: Connection;
  readonly tokens: TokenSet;
  /** The latest time at which they can have been issued. Lifetimes without a stated end count from here. */
  readonly issuedBy: Date;
  /** Null: it has no stated end. */
  readonly accessExpiresAt: Date | null;
  /** Undefined: counted from the provider's usual lifetime. */
  readonly refreshExpiresAt: Date | undefined;
  /** Whether the product stated the end, so that the later end belongs to the newer token. */
  readonly endIsStated: boolean;
}

/** `kept`: the stored set is alive and as new or newer, or was revoked here. */
export type ImportOutcome = 'new' | 'replaced' | 'kept';

export interface TokenImportDeps {
  readonly entries: Pick<EntryStore, 'findMany' | 'findOwners' | 'supersede'>;
  readonly importStore: EntryImportStore;
  readonly keyring: TokenKeyring;
  readonly clock: Clock;
}

export function createTokenImport({ entries, importStore, keyring, clock }: TokenImportDeps): TokenImport {
  /**
   * Returns the set to store, or undefined if the stored one stays. A stored set that has ended is replaced by one that
   * can still be used, a living one only by a newer token.
   */
  function better(entry: Entry, incoming: ImportedSet, now: Date): StoredSet | undefined {
    if (entry.state === 'revoked') return undefined;
    const { connector, registration } = incoming.connection;
    const arrived = importedStoredSet(incoming);
    const ended = hasEnded(entry, incoming.connection, now);
    if (ended ? !isUsable(arrived, now) : !isLater(entry, incoming)) return undefined;
    try {
      const held = openStoredSet(keyring, entry);
      if (isMoved(incoming.connection, held.tokens.origins, 'serve'))
        return isUsable(arrived, now) ? arrived : undefined;
      // A dead set stays dead when it is imported again.
      if (ended) return isSame(held, arrived) ? undefined : arrived;
      const facts = { connector, asked: registration.scopes, replaces: false, doubted: false };
      const merged = mergeArrived(held, arrived, { ...facts, grantState: undefined });
      // An import has thousands of sets, so no provider is asked about each of them.
      return typeof merged === 'string' ? undefined : merged;
    } catch (error) {
      if (error instanceof UnreadableError) return arrived;
      throw error;
    }
  }

  async function store(entry: Entry, incoming: ImportedSet, dry: boolean): Promise<ImportOutcome> {
    const now = clock.now();
    const set = better(entry, incoming, now);
    if (!set) return 'kept';
    if (dry) return 'replaced';
    const { identityId, owner } = entry;
    const { connector, registration } = incoming.connection;
    const { clientId } = registration;
    const place = { identityId, owner, version: nextVersion(entry), traits: connector.refresh, clientId };
    const tokens = sealStoredSet(keyring, set, place);
    const save = { tokens, now, by: 'arrival', revives: true } as const;
    return (await entries.supersede(entry, save)) ? 'replaced' : 'kept';
  }

  function sealedNew(incoming: ImportedSet, owner: Owner) {
    const { identityId, connection } = incoming;
    const { connector, registration } = connection;
    const { clientId } = registration;
    const place = { identityId, owner, version: 1, traits: connector.refresh, clientId };
    const sealed = sealStoredSet(keyring, importedStoredSet(incoming), place);
    return { identityId, connectionId: connection.id, ...sealed };
  }

  return {
    async take(incoming, dry) {
      const held = await entries.findMany(incoming.map(({ identityId }) => identityId));
      const byId = new Map(held.map((entry) => [entry.identityId, entry]));
      const fresh = incoming.filter(({ identityId }) => !byId.has(identityId));
      const outcomes = new Map<string, ImportOutcome>(fresh.map(({ identityId }) => [identityId, 'new']));
      if (!dry) {
        const owners = await entries.findOwners(fresh.map(({ identityId }) => identityId));
        const sealed = fresh.flatMap((one) => {
          const owner = owners.get(one.identityId);
          // The identity was unlinked meanwhile.
          return owner ? [sealedNew(one, owner)] : [];
        });
        const inserted = await importStore.insertMany(sealed, clock.now());
        // A sign-in has stored a newer set meanwhile.
        for (const { identityId } of fresh) if (!inserted.has(identityId)) outcomes.set(identityId, 'kept');
      }
      for (const one of incoming) {
        const entry = byId.get(one.identityId);
        if (entry) outcomes.set(one.identityId, await store(entry, one, dry));
      }
      return outcomes;
    },
  };
}

function isSame(held: StoredSet, arrived: StoredSet): boolean {
  if (held.tokens.refreshToken || arrived.tokens.refreshToken) return sameRefreshToken(held, arrived);
  return held.tokens.accessToken.equals(arrived.tokens.accessToken.reveal());
}

/** Returns whether the imported access token ends later and is thus newer. Both ends must be known. */
function isLater({ accessExpiresAt: held }: Entry, { accessExpiresAt: imported, endIsStated }: ImportedSet) {
  return endIsStated && imported !== null && held !== null && imported > held;
}

/** Returns whether the access token is valid, or a refresh token can obtain one. */
function isUsable({ tokens, accessExpiresAt, refreshExpiresAt }: StoredSet, now: Date): boolean {
  if (!accessExpiresAt || accessExpiresAt > now) return true;
  return tokens.refreshToken !== undefined && (!refreshExpiresAt || refreshExpiresAt > now);
}

function importedStoredSet({ tokens, issuedBy, connection, ...ends }: ImportedSet): StoredSet {
  const traits = connection.connector.refresh;
  const origins = tokenOrigins(connection.registration);
  const counted = storedSetOf(tokens, { traits, now: issuedBy, origins });
  return {
    ...counted,
    accessExpiresAt: ends.accessExpiresAt,
    refreshExpiresAt: tokens.refreshToken ? (ends.refreshExpiresAt ?? counted.refreshExpiresAt) : null,
  };
}
