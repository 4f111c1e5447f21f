import { after, days, hours, seconds } from '../../kit/clock.ts';
import type { Transaction } from '../../kit/database/database.ts';
import { systemTime } from '../system-time.ts';
import { type Revocation, type RevocationKind, revocationSchema } from './revocation.ts';
import type { RevocationStore } from './revocation-store.ts';

/**
 * The revocations, with a copy of all of them in the memory of every process, so that checking a token reads no table.
 *
 * This inner room stores revocations, notifies other processes and checks tokens against them. It deletes no
 * artifacts and ends no sessions; `sessions/revoker.ts` does.
 */
export interface Revocations {
  /** Adds a revocation. It counts at once in this process, and at the others when they receive the notification. */
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
   * Reads all revocations. Where the database has lost its last commits, this process may know revocations that the table
   * lacks: these are stored again and returned.
   */
  load(): Promise<readonly Revocation[]>;
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
 * How long a revocation is kept: one day beyond the longest lifetime of a token; of an app, of a family of refresh tokens; of a
 * session, beyond the longest interaction.
 */
const retention: Record<RevocationKind, number> = {
  token: days(31),
  grant: days(31),
  app: days(181),
  user: days(31),
  session: hours(2),
  everything: days(31),
};

const batchSize = 500;

export function createRevocations(store: RevocationStore): Revocations {
  const known = new Map<string, { at: number; until: number }>();
  const key = (kind: RevocationKind, value: string) => `${kind}:${value}`;
  const revocationOf = (name: string, times: Pick<Revocation, 'at' | 'until'>): Revocation => {
    const end = name.indexOf(':');
    return { kind: kinds.parse(name.slice(0, end)), value: name.slice(end + 1), ...times };
  };
  const cacheRevocation = (revocation: { kind: RevocationKind; value: string; at: Date; until: Date }) => {
    const name = key(revocation.kind, revocation.value);
    const at = Math.max(revocation.at.getTime(), known.get(name)?.at ?? 0);
    known.set(name, { at, until: revocation.until.getTime() });
  };
  // Seconds since 1970. Without a revocation it is -1, which is before every token.
  const secondOf = (kind: RevocationKind, value: string) =>
    Math.floor((known.get(key(kind, value))?.at ?? -1) / 1000);

  const put = async (revocation: Revocation) => {
    await store.put(revocation);
    cacheRevocation(revocation);
  };

  const revokedWithEverything = (issuedAt: number) => issuedAt <= secondOf('everything', '');

  return {
    add: (kind, value, until = after(systemTime(), retention[kind])) =>
      put({ kind, value, at: systemTime(), until }),
    async addAppsIn(transaction, ids, readmitted) {
      const at = after(systemTime(), readmitted ? -seconds(1) : 0);
      const until = after(at, retention.app);
      await store.putAllIn(
        transaction,
        ids.map((value) => ({ kind: 'app', value, at, until })),
      );
    },
    revokeAllUntil: (moment) =>
      put({ kind: 'everything', value: '', at: moment, until: after(moment, retention.everything) }),
    revokedWithEverything,
    has: (kind, value) => known.has(key(kind, value)),
    covers({ jti, grantId, clientId, actors = [], userId, issuedAt }) {
      if (revokedWithEverything(issuedAt)) return true;
      if (jti !== undefined && known.has(key('token', jti))) return true;
      if (grantId !== undefined && known.has(key('grant', grantId))) return true;
      if ([clientId, ...actors].some((id) => issuedAt <= secondOf('app', id))) return true;
      // Tokens have times in whole seconds. Within the second of the revocation, the revoked grants
      // distinguish older tokens from those of a person who has signed in again.
      return userId !== undefined && issuedAt < secondOf('user', userId);
    },
    endedWithApp: (clientId, issuedAt) => issuedAt < secondOf('app', clientId),
    async refresh({ jti, grantId, clientId, actors = [], userId }) {
      const all = { token: jti, grant: grantId, user: userId, everything: '' };
      const apps = [clientId, ...actors].map((id) => ['app', id] as const);
      const names = [...Object.entries(all), ...apps].flatMap(([kind, value]) =>
        value === undefined ? [] : [{ kind: kinds.parse(kind), value }],
      );
      for (const revocation of await store.of(names)) cacheRevocation(revocation);
    },
    async load() {
      const before = [...known.entries()];
      const stored = await store.unexpired(systemTime());
      for (const revocation of stored) cacheRevocation(revocation);
      const storedNames = new Set(stored.map(({ kind, value }) => key(kind, value)));
      const now = systemTime().getTime();
      const lost = before.flatMap(([name, { at, until }]) =>
        storedNames.has(name) || until <= now
          ? []
          : [revocationOf(name, { at: new Date(at), until: new Date(until) })],
      );
      for (let from = 0; from < lost.length; from += batchSize)
        await store.putAll(lost.slice(from, from + batchSize));
      return lost;
    },
    async loadRecent() {
      // Each process writes its own clock's time, and clocks can differ.
      const now = systemTime();
      for (const revocation of await store.unexpired(now, after(now, -hours(1)))) cacheRevocation(revocation);
    },
    receive(message) {
      // A newer version may send a kind that this one does not know, and has issued nothing of.
      const { success, data } = revocationSchema.safeParse(JSON.parse(message));
      if (success) cacheRevocation(data);
    },
    prune: store.prune,
    async forgetEnded(now) {
      for (const [name, { until }] of known) if (until <= now.getTime()) known.delete(name);
    },
  };
}
