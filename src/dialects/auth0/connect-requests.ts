import { createHash } from 'node:crypto';
import { after, type Clock, minutes } from '../../kit/clock.ts';
import { hashOf, newSecret } from '../../kit/ids.ts';
import type { ConnectRequestRow, ConnectRequestStore } from './connect-request-store.ts';

/**
 * An app asks to have an account connected, the person agrees on a page of ours and at the provider, the app finishes
 * it with what came back. Ticket, session and code each pass by other hands: none of them alone is worth anything.
 */
export interface ConnectRequests {
  begin(ask: ConnectAsk): Promise<{ readonly ticket: string; readonly authSession: string }>;
  /** By its ticket, as long as nobody has arrived with it. */
  find(ticket: string): Promise<ConnectRequest | undefined>;
  /** Where the browser goes on, with a code for the app. Undefined: too late. */
  arrived(ticketHash: string, identityId: string): Promise<string | undefined>;
  failed(ticketHash: string, error: string): Promise<string | undefined>;
  /** Once. Undefined for whomever it does not belong to. */
  complete(proof: ConnectProof): Promise<ConnectRequest | undefined>;
  removeExpired(now: Date): Promise<void>;
}

export type ConnectRequest = Pick<
  ConnectRequestRow,
  'userId' | 'appId' | 'connectionId' | 'scopes' | 'identityId' | 'ticketHash' | 'createdAt'
> & {
  /** Where the browser goes when the person does not want it. */
  readonly refusal: string;
};

export interface ConnectAsk
  extends Pick<ConnectRequestRow, 'userId' | 'appId' | 'connectionId' | 'redirectUri' | 'state' | 'scopes'> {
  readonly codeChallenge: string | null;
}

export interface ConnectProof {
  readonly userId: string;
  readonly appId: string;
  readonly authSession: string;
  readonly connectCode: string;
  readonly redirectUri: string;
  readonly codeVerifier: string | undefined;
}

/** As Auth0 says in `expires_in`, for the person to begin and again for the app to finish. */
export const ticketLifetime = minutes(5);
/** The person may take as long at the provider as in any sign-in. */
const longest = minutes(15);

export function createConnectRequests(store: ConnectRequestStore, clock: Clock): ConnectRequests {
  const shown = (row: ConnectRequestRow): ConnectRequest => ({
    ...row,
    refusal: answerTo(row, { error: 'access_denied', error_description: 'The user declined.' }),
  });
  return {
    async begin(ask) {
      const ticket = newSecret();
      const authSession = newSecret();
      const now = clock.now();
      const hashes = { ticketHash: hashOf(ticket), sessionHash: hashOf(authSession) };
      await store.insert({ ...ask, ...hashes, createdAt: now, expiresAt: after(now, longest) });
      return { ticket, authSession };
    },
    async find(ticket) {
      const now = clock.now();
      const row = await store.find(hashOf(ticket), now);
      return row && after(row.createdAt, ticketLifetime) > now ? shown(row) : undefined;
    },
    async arrived(ticketHash, identityId) {
      const now = clock.now();
      const row = await store.find(ticketHash, now);
      const code = newSecret();
      if (!row || !(await store.arrive(ticketHash, { identityId, codeHash: hashOf(code) }, now)))
        return undefined;
      return answerTo(row, { connect_code: code });
    },
    async failed(ticketHash, error) {
      const row = await store.find(ticketHash, clock.now());
      return row && answerTo(row, { error, error_description: 'The account was not connected.' });
    },
    async complete({ authSession, connectCode, codeVerifier, ...proof }) {
      const challenge = codeVerifier && createHash('sha256').update(codeVerifier).digest('base64url');
      const hashes = { sessionHash: hashOf(authSession), codeHash: hashOf(connectCode) };
      const key = { ...proof, ...hashes, codeChallenge: challenge ?? null };
      const row = await store.consume(key, clock.now());
      return row && shown(row);
    },
    removeExpired: store.removeExpired,
  };
}

function answerTo(
  { redirectUri, state }: ConnectRequestRow,
  answer: Readonly<Record<string, string>>,
): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries({ ...answer, ...(state !== null && { state }) }))
    url.searchParams.set(name, value);
  return url.href;
}
