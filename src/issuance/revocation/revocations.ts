import { after, days, hours } from '../../kit/clock.ts';
import { oidcTime } from '../oidc-time.ts';
import { type Revocation, type RevocationKind, revocationSchema } from './revocation.ts';
import type { RevocationStore } from './revocation-store.ts';

/** Every process knows all of them in memory, so that checking a token reads no table. */
export interface Revocations {
  /** This process knows at once, the others when PostgreSQL tells them. */
  add(kind: RevocationKind, value: string, until?: Date): Promise<void>;
  /** Whatever was issued up to a moment, which may be to come. */
  revokeAllUntil(moment: Date): Promise<void>;
  has(kind: RevocationKind, value: string): boolean;
  /** Whether what was issued at this moment, in epoch seconds, was ended with everything else. */
  coversAllSince(issuedAt: number): boolean;
  covers(token: RevocableToken): boolean;
  /** Asks the table about this token, for who must not rely on having been told already. */
  learn(token: RevocableToken): Promise<void>;
  /**
   * Reads all that are alive. A revocation that this process knows and the table lacks was lost with the last commits of
   * a database: it is written again. Returns those.
   */
  load(): Promise<readonly Revocation[]>;
  /** Reads what was revoked in the last hour: as good as `load` where that was called not long ago, and cheaper. */
  catchUp(): Promise<void>;
  /** What another process has told. */
  receive(message: string): void;
  prune(now: Date): Promise<void>;
}

export interface RevocableToken {
  readonly jti?: string | undefined;
  readonly grantId?: string | undefined;
  readonly clientId: string;
  readonly userId?: string | undefined;
  /** Epoch seconds. */
  readonly issuedAt: number;
}

const kinds = revocationSchema.shape.kind;

/** A day more than a token may live; of a session, longer than anything that waits for it. */
const longest: Record<RevocationKind, number> = {
  token: days(31),
  grant: days(31),
  app: days(31),
  user: days(31),
  session: hours(2),
  everything: days(31),
};

const batch = 500;

export function createRevocations(store: RevocationStore): Revocations {
  const known = new Map<string, { at: number; until: number }>();
  const key = (kind: RevocationKind, value: string) => `${kind}:${value}`;
  const named = (name: string, times: Pick<Revocation, 'at' | 'until'>): Revocation => {
    const end = name.indexOf(':');
    return { kind: kinds.parse(name.slice(0, end)), value: name.slice(end + 1), ...times };
  };
  const remember = (revocation: { kind: RevocationKind; value: string; at: Date; until: Date }) => {
    const name = key(revocation.kind, revocation.value);
    const at = Math.max(revocation.at.getTime(), known.get(name)?.at ?? 0);
    known.set(name, { at, until: revocation.until.getTime() });
  };
  const secondOf = (kind: RevocationKind, value: string) =>
    Math.floor((known.get(key(kind, value))?.at ?? -1) / 1000);

  const put = async (revocation: Revocation) => {
    await store.put(revocation);
    remember(revocation);
  };

  const coversAllSince = (issuedAt: number) => issuedAt <= secondOf('everything', '');

  return {
    add: (kind, value, until = after(oidcTime(), longest[kind])) =>
      put({ kind, value, at: oidcTime(), until }),
    revokeAllUntil: (moment) =>
      put({ kind: 'everything', value: '', at: moment, until: after(moment, longest.everything) }),
    coversAllSince,
    has: (kind, value) => known.has(key(kind, value)),
    covers({ jti, grantId, clientId, userId, issuedAt }) {
      if (coversAllSince(issuedAt)) return true;
      if (jti !== undefined && known.has(key('token', jti))) return true;
      if (grantId !== undefined && known.has(key('grant', grantId))) return true;
      if (issuedAt <= secondOf('app', clientId)) return true;
      // Tokens know whole seconds only. Within the second of the revocation it is the revoked grants that tell what
      // was issued before from what a person who has come back was issued since.
      return userId !== undefined && issuedAt < secondOf('user', userId);
    },
    async learn({ jti, grantId, clientId, userId }) {
      const all = { token: jti, grant: grantId, app: clientId, user: userId, everything: '' };
      const names = Object.entries(all).flatMap(([kind, value]) =>
        value === undefined ? [] : [{ kind: kinds.parse(kind), value }],
      );
      for (const revocation of await store.of(names)) remember(revocation);
    },
    async load() {
      const before = [...known.entries()];
      const alive = await store.alive(oidcTime());
      for (const revocation of alive) remember(revocation);
      const there = new Set(alive.map(({ kind, value }) => key(kind, value)));
      const now = oidcTime().getTime();
      const lost = before.flatMap(([name, { at, until }]) =>
        there.has(name) || until <= now ? [] : [named(name, { at: new Date(at), until: new Date(until) })],
      );
      for (let from = 0; from < lost.length; from += batch)
        await store.putAll(lost.slice(from, from + batch));
      return lost;
    },
    async catchUp() {
      // Processes date what they revoke, and their clocks may differ.
      const now = oidcTime();
      for (const revocation of await store.alive(now, after(now, -hours(1)))) remember(revocation);
    },
    receive(message) {
      // A newer version may tell of what this one does not know: nothing that this one has issued.
      const { success, data } = revocationSchema.safeParse(JSON.parse(message));
      if (success) remember(data);
    },
    async prune(now) {
      for (const [name, { until }] of known) if (until <= now.getTime()) known.delete(name);
      await store.prune(now);
    },
  };
}
