import type { Request, Response } from 'express';
import { z } from 'zod';
import { hostCookieName, hostCookieOptions, readCookie } from '../http/cookies.ts';
import { after, type Clock, hours, minutes } from '../kit/clock.ts';
import { hashOf, newHandle, newSecret } from '../kit/ids.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../kit/keys/sealed-column.ts';
import type { Resume } from './arrival.ts';
import type { AttemptStore } from './attempt-store.ts';
import type { Connection } from './connections.ts';
import type { Reauthentication } from './reauthentication.ts';

/** A sign-in under way, as its callback finds it. */
export interface Attempt {
  readonly verifier: string | undefined;
  readonly nonce: string | undefined;
  /** Asked for at the provider, which may grant less. */
  readonly scopes: readonly string[];
  readonly reauthentication?: Reauthentication | undefined;
  readonly initiatingUserId: string | undefined;
  readonly resume: Resume;
}

export interface Attempts {
  /** Answers the `state`; sets the cookie that binds it to this browser. */
  open(attempt: Attempt & { readonly connection: Connection }, response: Response): Promise<string>;
  /** Undefined: unknown, spent, too old, another browser's or another connection's. */
  consume(
    state: string,
    connection: Connection,
    exchange: { request: Request; response: Response },
  ): Promise<Attempt | undefined>;
  /** Where an attempt of this browser that is no longer open can be begun again. */
  retryOf(state: string, request: Request): string | undefined;
  removeExpired(): Promise<number>;
}

export interface AttemptsDeps {
  readonly store: AttemptStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly secure: boolean;
}

const lifetime = minutes(10);
/** As long as what waits for the arrival may wait: until then the cookie knows the way back to it. */
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

export function createAttempts({ store, keyring, clock, secure }: AttemptsDeps): Attempts {
  // A cookie for each attempt, so that two tabs do not overwrite each other.
  const cookieName = (stateHash: string) => hostCookieName(`attempt-${stateHash.slice(0, 16)}`, secure);

  return {
    async open({ connection, initiatingUserId, resume, ...secrets }, response) {
      const state = newHandle();
      const stateHash = hashOf(state);
      const browser = newSecret();
      await store.insert({
        stateHash,
        connectionId: connection.id,
        browserHash: hashOf(browser),
        secrets: sealColumn(keyring, JSON.stringify(secrets), context(stateHash)),
        initiatingUserId: initiatingUserId ?? null,
        resume: { ...resume },
        expiresAt: after(clock.now(), lifetime),
      });
      const waiting = resume.kind === 'interaction' ? resume.uid : '';
      response.cookie(
        cookieName(stateHash),
        `${waiting}.${browser}`,
        hostCookieOptions(secure, cookieLifetime),
      );
      return state;
    },

    async consume(state, connection, { request, response }) {
      const stateHash = hashOf(state);
      const name = cookieName(stateHash);
      const [, browser] = readCookie(request, name)?.split('.') ?? [];
      if (browser === undefined) return undefined;
      const key = { stateHash, browserHash: hashOf(browser), connectionId: connection.id };
      const row = await store.consume(key, clock.now());
      if (!row) return undefined;
      response.clearCookie(name, hostCookieOptions(secure));
      const { verifier, nonce, ...asked } = secretsShape.parse(
        JSON.parse(openColumn(keyring, row.secrets, context(stateHash))),
      );
      const resume = resumeShape.parse(row.resume);
      return { verifier, nonce, ...asked, initiatingUserId: row.initiatingUserId ?? undefined, resume };
    },

    retryOf(state, request) {
      const [waiting] = readCookie(request, cookieName(hashOf(state)))?.split('.') ?? [];
      if (waiting === undefined) return undefined;
      // Built here, whatever the cookie says.
      return /^[\w-]{1,64}$/.test(waiting) ? `/interaction/${waiting}` : '/account';
    },

    removeExpired: () => store.removeExpired(clock.now()),
  };
}

function context(stateHash: string): string {
  return `login_attempt:${stateHash}:secrets`;
}
