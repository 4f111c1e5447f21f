import type { Request, Response } from 'express';
import { z } from 'zod';
import { hostCookieName, hostCookieOptions, readCookie } from '../http/cookies.ts';
import { after, type Clock, hours, minutes } from '../kit/clock.ts';
import { hashOf, newHandle, newSecret } from '../kit/ids.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../kit/keys/sealed-column.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from './connections.ts';
import type { LoginAttemptStore } from './login-attempt-store.ts';
import type { Reauthentication } from './reauthentication.ts';
import type { Resume } from './sign-in.ts';

/** A pending sign-in, as its callback reads it. */
export interface LoginAttempt {
  readonly verifier: string | undefined;
  readonly nonce: string | undefined;
  /** The requested scopes; the provider may grant fewer. */
  readonly scopes: readonly string[];
  readonly reauthentication?: Reauthentication | undefined;
  /** The user who links an account, and must be signed in at the callback too; undefined for a sign-in to an app. */
  readonly initiatingUserId: string | undefined;
  readonly resume: Resume;
}

/** An attempt that is used up. */
export interface ConsumedAttempt extends LoginAttempt {
  /** False: the connection has changed since it was read. */
  readonly isCurrent: boolean;
}

/** The connection has changed since it was read. */
export class ConnectionChanged extends Problem {
  constructor() {
    super('unavailable', { headers: { 'Retry-After': '1' } });
  }
}

export interface LoginAttempts {
  /**
   * Stores the attempt, sets the cookie that binds it to this browser, and returns the `state`. @throws ConnectionChanged
   */
  start(attempt: LoginAttempt & { readonly connection: Connection }, response: Response): Promise<string>;
  /** Returns undefined if the attempt is unknown, used, expired, or of another browser or connection. */
  consume(
    state: string,
    connection: Connection,
    exchange: { request: Request; response: Response },
  ): Promise<ConsumedAttempt | undefined>;
  /** Returns the path at which this browser can start again an attempt that is no longer pending. */
  retryPath(state: string, request: Request): string | undefined;
  removeExpired(): Promise<number>;
}

export interface LoginAttemptsDeps {
  readonly store: LoginAttemptStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly secure: boolean;
}

/** The time that a person has at the provider, the most that RFC 6749 section 4.1.2 recommends for a code. */
const lifetime = minutes(10);
/** The lifetime of an interaction: for that long the cookie can lead back to it. */
const cookieLifetime = hours(1);

const secretsShape = z.object({
  verifier: z.string().optional(),
  nonce: z.string().optional(),
  scopes: z.array(z.string()),
  reauthentication: z.object({ askedAt: z.number(), maxAge: z.number(), mustProve: z.boolean() }).optional(),
});

const resumeShape = z.union([
  z.object({ kind: z.literal('interaction'), uid: z.string() }),
  z.object({
    kind: z.literal('link'),
    userId: z.string(),
    identityId: z.string().exactOptional(),
    returnTo: z.string(),
    troubleAt: z.string().optional(),
    ticket: z.string().optional(),
  }),
]);

export function createLoginAttempts({ store, keyring, clock, secure }: LoginAttemptsDeps): LoginAttempts {
  // Each attempt has its own cookie, so that two tabs do not overwrite each other.
  const cookieName = (stateHash: string) => hostCookieName(`attempt-${stateHash.slice(0, 16)}`, secure);

  return {
    async start({ connection, initiatingUserId, resume, ...secrets }, response) {
      const state = newHandle();
      const stateHash = hashOf(state);
      const browserSecret = newSecret();
      const attempt = {
        stateHash,
        connectionId: connection.id,
        browserHash: hashOf(browserSecret),
        secrets: sealColumn(keyring, JSON.stringify(secrets), context(stateHash)),
        initiatingUserId: initiatingUserId ?? null,
        resume: { ...resume },
        expiresAt: after(clock.now(), lifetime),
      };
      if (!(await store.insert(attempt, connection))) throw new ConnectionChanged();
      // Empty: the account page waits.
      const interactionUid = resume.kind === 'interaction' ? resume.uid : '';
      response.cookie(
        cookieName(stateHash),
        `${interactionUid}.${browserSecret}`,
        hostCookieOptions(secure, cookieLifetime),
      );
      return state;
    },

    async consume(state, connection, { request, response }) {
      const stateHash = hashOf(state);
      const name = cookieName(stateHash);
      const [, browserSecret] = readCookie(request, name)?.split('.') ?? [];
      if (browserSecret === undefined) return undefined;
      const key = { stateHash, browserHash: hashOf(browserSecret), connectionId: connection.id };
      const row = await store.consume(key, clock.now());
      if (!row) return undefined;
      response.clearCookie(name, hostCookieOptions(secure));
      const { verifier, nonce, ...rest } = secretsShape.parse(
        JSON.parse(openColumn(keyring, row.secrets, context(stateHash))),
      );
      const resume = resumeShape.parse(row.resume);
      const isCurrent =
        row.version === connection.version &&
        row.enabled === connection.enabled &&
        row.changedAt.getTime() === connection.changedAt.getTime();
      const initiatingUserId = row.initiatingUserId ?? undefined;
      return { verifier, nonce, ...rest, initiatingUserId, resume, isCurrent };
    },

    retryPath(state, request) {
      const [interactionUid] = readCookie(request, cookieName(hashOf(state)))?.split('.') ?? [];
      if (interactionUid === undefined) return undefined;
      // The path is built here and not taken from the cookie, which the browser could have altered.
      return /^[\w-]{1,64}$/.test(interactionUid) ? `/interaction/${interactionUid}` : '/account';
    },

    removeExpired: () => store.removeExpired(clock.now()),
  };
}

function context(stateHash: string): string {
  return `login_attempt:${stateHash}:secrets`;
}
