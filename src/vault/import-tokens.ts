import type { TokenSet } from '../connectors/contract/upstream-sign-in.ts';
import type { Clock } from '../kit/clock.ts';
import { type Keyring, UnreadableError } from '../kit/keys/keyring.ts';
import type { Connection } from '../login/connections.ts';
import type { Entry } from './entry.ts';
import type { EntryStore } from './entry-store.ts';
import type { EntryImportStore } from './import-store.ts';
import { hasEnded } from './refresh/decide.ts';
import { mergeArrived, sameRefreshToken } from './refresh/merge.ts';
import { openStoredSet, type StoredSet, sealStoredSet, storedSetOf } from './stored-set.ts';

/** Token sets that another product kept until now. */
export interface TokenImport {
  /** By identity id, what becomes of each. `dry`: what would. */
  take(incoming: readonly ImportedSet[], dry: boolean): Promise<ReadonlyMap<string, ImportOutcome>>;
}

export interface ImportedSet {
  readonly identityId: string;
  readonly connection: Connection;
  readonly tokens: TokenSet;
  /** They cannot have been issued later: lifetimes that nobody stated an end for are counted from here. */
  readonly issuedBy: Date;
  /** Null: it has no stated end. */
  readonly accessExpiresAt: Date | null;
  /** Undefined: to be counted. */
  readonly refreshExpiresAt: Date | undefined;
  /** The product stated the end, so that it tells which of two tokens is the newer one. */
  readonly endIsStated: boolean;
}

/** `kept`: what is held lives and is as new or newer, or has been revoked here. */
export type ImportOutcome = 'new' | 'replaced' | 'kept';

export interface TokenImportDeps {
  readonly entries: Pick<EntryStore, 'findMany' | 'supersede'>;
  readonly intake: EntryImportStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

export function createTokenImport({ entries, intake, keyring, clock }: TokenImportDeps): TokenImport {
  /** Undefined: what is held stays. */
  function better(entry: Entry, incoming: ImportedSet, now: Date): StoredSet | undefined {
    if (entry.state === 'revoked') return undefined;
    const { connector, registration } = incoming.connection;
    const arrived = arrivedHolding(incoming);
    const ended = hasEnded(entry, incoming.connection, now);
    if (ended ? !isUsable(arrived, now) : !isLater(entry, incoming)) return undefined;
    try {
      const held = openStoredSet(keyring, entry);
      // A dead set does not live because it comes once more.
      if (ended) return isSame(held, arrived) ? undefined : arrived;
      const meeting = { connector, asked: registration.scopes, replaces: false, doubted: false };
      const merged = mergeArrived(held, arrived, { ...meeting, grantState: undefined });
      // Thousands come at once: no provider is asked about each of them.
      return typeof merged === 'string' ? undefined : merged;
    } catch (error) {
      if (error instanceof UnreadableError) return arrived;
      throw error;
    }
  }

  async function meet(entry: Entry, incoming: ImportedSet, dry: boolean): Promise<ImportOutcome> {
    const now = clock.now();
    const holding = better(entry, incoming, now);
    if (!holding) return 'kept';
    if (dry) return 'replaced';
    const { identityId, version } = entry;
    const { connector, registration } = incoming.connection;
    const { clientId } = registration;
    const place = { identityId, version: version + 1, traits: connector.refresh, clientId };
    const tokens = sealStoredSet(keyring, holding, place);
    const save = { tokens, now, by: 'arrival', revives: true } as const;
    return (await entries.supersede(entry, save)) ? 'replaced' : 'kept';
  }

  function sealedNew(incoming: ImportedSet) {
    const { identityId, connection } = incoming;
    const { connector, registration } = connection;
    const { clientId } = registration;
    const place = { identityId, version: 1, traits: connector.refresh, clientId };
    const sealed = sealStoredSet(keyring, arrivedHolding(incoming), place);
    return { identityId, connectionId: connection.id, ...sealed };
  }

  return {
    async take(incoming, dry) {
      const held = await entries.findMany(incoming.map(({ identityId }) => identityId));
      const byId = new Map(held.map((entry) => [entry.identityId, entry]));
      const fresh = incoming.filter(({ identityId }) => !byId.has(identityId));
      const outcomes = new Map<string, ImportOutcome>(fresh.map(({ identityId }) => [identityId, 'new']));
      if (!dry) {
        const inserted = await intake.insertMany(fresh.map(sealedNew), clock.now());
        // Whoever signed in meanwhile has brought a newer one.
        for (const { identityId } of fresh) if (!inserted.has(identityId)) outcomes.set(identityId, 'kept');
      }
      for (const one of incoming) {
        const entry = byId.get(one.identityId);
        if (entry) outcomes.set(one.identityId, await meet(entry, one, dry));
      }
      return outcomes;
    },
  };
}

function isSame(held: StoredSet, arrived: StoredSet): boolean {
  if (held.tokens.refreshToken || arrived.tokens.refreshToken) return sameRefreshToken(held, arrived);
  return held.tokens.accessToken.equals(arrived.tokens.accessToken.reveal());
}

function isLater({ accessExpiresAt: held }: Entry, { accessExpiresAt: brought, endIsStated }: ImportedSet) {
  return endIsStated && brought !== null && held !== null && brought > held;
}

function isUsable({ tokens, accessExpiresAt, refreshExpiresAt }: StoredSet, now: Date): boolean {
  if (!accessExpiresAt || accessExpiresAt > now) return true;
  return tokens.refreshToken !== undefined && (!refreshExpiresAt || refreshExpiresAt > now);
}

function arrivedHolding({ tokens, issuedBy, connection, ...ends }: ImportedSet): StoredSet {
  const counted = storedSetOf(tokens, connection.connector.refresh, issuedBy);
  return {
    ...counted,
    accessExpiresAt: ends.accessExpiresAt,
    refreshExpiresAt: tokens.refreshToken ? (ends.refreshExpiresAt ?? counted.refreshExpiresAt) : null,
  };
}
