import { after, days, hours, minutes, seconds } from '../../kit/clock.ts';
import type { Transaction } from '../../kit/database/database.ts';
import { systemTime } from '../system-time.ts';
import { type Revocation, type RevocationKind, revocationSchema } from './revocation.ts';
import type { FoundRevocation, NewRevocation, RevocationStore } from './revocation-store.ts';
import { createRevokedNames, type RevokedNames } from './revoked-names.ts';

/**
 * The revocations, with a copy of all of them in the memory of every process, so that checking a token reads no table.
 *
 * This inner room stores revocations, notifies other processes and checks tokens against them. It deletes no
 * artifacts and ends no sessions; `sessions/revoker.ts` does.
 */
export interface Revocations {
  /**
   * Adds a revocation. It counts at once in this process, and at the others when they receive the notification. Without
   * `until`, that of a grant or a user ends with the longest access token that can have been issued before it.
   */
  add(kind: RevocationKind, value: string, until?: Date): Promise<void>;

  /**
   * Adds revocations of apps with the transaction that is their reason, so that no crash comes between. This process learns of
   * them as the others do. `readmitted`: the apps are let in again, and lose what another process issued before it knew that they
   * were out. Times of tokens are in whole seconds, so this ends before the present one.
   */
  addAppsIn(transaction: Transaction, ids: readonly string[], readmitted?: 'readmitted'): Promise<void>;
  /** Revokes everything issued up to a moment, which may lie in the future. */
  revokeAllUntil(moment: Date): Promise<void>;
  has(kind: RevocationKind, value: string): boolean;
  /** Returns whether a revocation of everything covers a token issued at this time, in epoch seconds. */
  revokedWithEverything(issuedAt: number): boolean;
  covers(token: RevocableToken): boolean;
  /** Returns whether the app was revoked in a later second than this one, in epoch seconds. */
  endedWithApp(clientId: string, issuedAt: number): boolean;
  /** Reads the table's revocations of this token, for callers that cannot wait for a notification. */
  refresh(token: RevocableToken): Promise<void>;
  /**
   * Reads the revocations of the table: all, or those since a time. Where the database has lost its last commits, this
   * process may know revocations of that time which the table lacks: these are stored again and returned.
   */
  load(since?: Date): Promise<readonly Revocation[]>;
  /** Reads the revocations of the last hour, for a process that has called `load` within it. */
  loadRecent(): Promise<void>;
  /** Handles a notification of another process. */
  receive(message: string): void;
  /** Deletes expired revocations in the table. */
  prune(now: Date): Promise<void>;
  /** Drops expired revocations of this process. */
  forgetEnded(now: Date): Promise<void>;
}

export interface RevocableToken {
  readonly jti?: string | undefined;
  readonly grantId?: string | undefined;
  readonly clientId: string;
  /** The clients on whose behalf the client acts. What is revoked of any of them ends the token. */
  readonly actors?: readonly string[] | undefined;
  readonly userId?: string | undefined;
  /** Epoch seconds. */
  readonly issuedAt: number;
}

const kinds = revocationSchema.shape.kind;

/**
 * How long a revocation is kept: one day beyond the longest lifetime that a token can have at all; of an app, of a family of
 * refresh tokens; of a session, beyond the longest interaction. The store finds the end of the others.
 */
const retention: Partial<Record<RevocationKind, number>> = {
  app: days(181),
  session: hours(2),
  everything: days(31),
};
/** Each process writes its own clock's time, clocks can differ, and a transaction can commit late. */
const margin = hours(1);

const batchSize = 500;

export function createRevocations(store: RevocationStore): Revocations {
  const known: Readonly<Record<RevocationKind, RevokedNames>> = {
    token: createRevokedNames(),
    grant: createRevokedNames(),
    app: createRevokedNames(),
    user: createRevokedNames(),
    session: createRevokedNames(),
    everything: createRevokedNames(),
  };
  const cacheFound = ({ kind, value, at, until }: FoundRevocation) =>
    known[kind].put(value, { at: Math.floor(at / 1000), until: Math.ceil(until / 1000) });
  const cacheRevocation = ({ at, until, ...name }: Revocation) =>
    cacheFound({ ...name, at: at.getTime(), until: until.getTime() });

  const put = async (revocation: NewRevocation) => {
    for (const stored of await store.putAll([revocation])) cacheRevocation(stored);
  };
  const untilOf = (kind: RevocationKind, at: Date) => {
    const kept = retention[kind];
    return kept === undefined ? null : after(at, kept);
  };

  const revokedWithEverything = (issuedAt: number) => issuedAt <= known.everything.at('');

  async function read(since: Date): Promise<void> {
    for await (const page of store.unexpired(systemTime(), since)) for (const row of page) cacheFound(row);
  }

  return {
    add: (kind, value, until) =>
      put({ kind, value, at: systemTime(), until: until ?? untilOf(kind, systemTime()) }),
    async addAppsIn(transaction, ids, readmitted) {
      const at = after(systemTime(), readmitted ? -seconds(1) : 0);
      const until = untilOf('app', at);
      await store.putAllIn(
        transaction,
        ids.map((value) => ({ kind: 'app', value, at, until })),
      );
    },
    revokeAllUntil: (moment) =>
      put({ kind: 'everything', value: '', at: moment, until: untilOf('everything', moment) }),
    revokedWithEverything,
    has: (kind, value) => known[kind].has(value),
    covers({ jti, grantId, clientId, actors = [], userId, issuedAt }) {
      if (revokedWithEverything(issuedAt)) return true;
      if (jti !== undefined && known.token.has(jti)) return true;
      if (grantId !== undefined && known.grant.has(grantId)) return true;
      if ([clientId, ...actors].some((id) => issuedAt <= known.app.at(id))) return true;
      // Tokens have times in whole seconds. Within the second of the revocation, the revoked grants
      // distinguish older tokens from those of a person who has signed in again.
      return userId !== undefined && issuedAt < known.user.at(userId);
    },
    endedWithApp: (clientId, issuedAt) => issuedAt < known.app.at(clientId),
    async refresh({ jti, grantId, clientId, actors = [], userId }) {
      const all = { token: jti, grant: grantId, user: userId, everything: '' };
      const apps = [clientId, ...actors].map((id) => ['app', id] as const);
      const names = [...Object.entries(all), ...apps].flatMap(([kind, value]) =>
        value === undefined ? [] : [{ kind: kinds.parse(kind), value }],
      );
      for (const revocation of await store.of(names)) cacheRevocation(revocation);
    },
    async load(since) {
      // Whole seconds here, milliseconds there, and another process may have deleted what ends by its own clock.
      const from = since ? secondsOf(since) + 1 : 0;
      const now = secondsOf(after(systemTime(), minutes(1)));
      for (const names of Object.values(known)) names.beginLoad();
      await read(since ?? new Date(0));
      const lost: Revocation[] = [];
      for (const kind of kinds.options) {
        for await (const { value, at, until } of known[kind].unseen(from, now))
          lost.push({ kind, value, at: new Date(at * 1000), until: new Date(until * 1000) });
      }
      for (let done = 0; done < lost.length; done += batchSize)
        await store.putAll(lost.slice(done, done + batchSize));
      return lost;
    },
    loadRecent: () => read(after(systemTime(), -margin)),
    receive(message) {
      // A newer version may send a kind that this one does not know, and has issued nothing of.
      const { success, data } = revocationSchema.safeParse(JSON.parse(message));
      if (success) cacheRevocation(data);
    },
    prune: store.prune,
    async forgetEnded(now) {
      for (const names of Object.values(known)) await names.dropEnded(secondsOf(now));
    },
  };
}

/** Returns whole seconds since 1970, as tokens have them. */
function secondsOf(moment: Date): number {
  return Math.floor(moment.getTime() / 1000);
}
