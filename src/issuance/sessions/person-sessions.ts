import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { z } from 'zod';
import { hours } from '../../kit/clock.ts';
import { Problem } from '../../kit/problem.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { Revocations } from '../revocation/revocations.ts';
import { systemTime } from '../system-time.ts';
import type { Revoker } from './revoker.ts';
import type { SessionOriginStore } from './session-origin-store.ts';

/** A browser in which a person is signed in. */
export interface PersonSession {
  /** Names the session. It is no credential. */
  readonly id: string;
  /** The time of the sign-in. */
  readonly since: Date;
  readonly lastSeenAt: Date | null;
  /** The browser's description of itself; null: not known. */
  readonly userAgent: string | null;
  /** The client's IP address at the sign-in. */
  readonly address: string | null;
  /** The linked account with which the person signed in; null: not known. */
  readonly identityId: string | null;
  readonly connectionId: string | null;
  /** The apps that the person has signed in to in this session. */
  readonly appIds: readonly string[];
}

/** The sessions of a person, for the person and for admins. */
export interface PersonSessions {
  /** Returns the sessions that have not ended, the newest first. */
  of(userId: string): Promise<readonly PersonSession[]>;
  /** Ends one session with the grants that rest on it. @throws Problem not_found for no session of this person */
  end(userId: string, id: string): Promise<void>;
  /** Returns the id of the session of the browser that sent the request, if a person is signed in there. */
  ofRequest(request: IncomingMessage, response: ServerResponse): Promise<string | undefined>;
  /** Notes that a session was in use. The database hears of it at most once an hour. */
  seen(id: string): Promise<void>;
}

export interface PersonSessionsDeps {
  readonly artifacts: Pick<ArtifactStore, 'ofAccount'>;
  readonly origins: Pick<SessionOriginStore, 'ofUser' | 'seen' | 'drop'>;
  readonly revocations: Pick<Revocations, 'has' | 'revokedWithEverything'>;
  readonly revoker: Pick<Revoker, 'endSession'>;
  readonly provider: () => Provider;
}

const payloadShape = z.object({
  iat: z.number().default(0),
  loginTs: z.number().default(0),
  authorizations: z.record(z.string(), z.unknown()).default({}),
});

/** The number of sessions whose last use this process remembers. */
const mostNoted = 10_000;

export function createPersonSessions(deps: PersonSessionsDeps): PersonSessions {
  const { artifacts, origins, revocations, revoker, provider } = deps;
  const notedAt = new Map<string, number>();

  async function of(userId: string): Promise<readonly PersonSession[]> {
    const [rows, known] = await Promise.all([artifacts.ofAccount('Session', userId), origins.ofUser(userId)]);
    const now = systemTime();
    const open = rows.flatMap(({ uid, payload, expiresAt }) => {
      const { iat, loginTs, authorizations } = payloadShape.parse(JSON.parse(payload));
      const ended = uid === null || (expiresAt !== null && expiresAt <= now);
      if (ended || revocations.has('session', uid) || revocations.revokedWithEverything(iat)) return [];
      const origin = known.get(uid);
      return [
        {
          id: uid,
          since: origin?.at ?? new Date(loginTs * 1000),
          lastSeenAt: origin?.lastSeenAt ?? null,
          userAgent: origin?.userAgent ?? null,
          address: origin?.address ?? null,
          identityId: origin?.identityId ?? null,
          connectionId: origin?.connectionId ?? null,
          appIds: Object.keys(authorizations),
        },
      ];
    });
    return open.sort((one, other) => other.since.getTime() - one.since.getTime());
  }

  return {
    of,
    async end(userId, id) {
      if (!(await of(userId)).some((one) => one.id === id)) throw new Problem('not_found');
      await revoker.endSession(id);
      await origins.drop([id]);
    },
    async ofRequest(request, response) {
      const { Session } = provider();
      const session = await Session.get(provider().createContext(request, response));
      return session.accountId === undefined ? undefined : session.uid;
    },
    async seen(id) {
      const at = systemTime();
      if (at.getTime() - (notedAt.get(id) ?? 0) < hours(1)) return;
      notedAt.delete(id);
      notedAt.set(id, at.getTime());
      const [oldest] = notedAt.keys();
      if (notedAt.size > mostNoted && oldest !== undefined) notedAt.delete(oldest);
      await origins.seen(id, at);
    },
  };
}
