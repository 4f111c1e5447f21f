import { createHash, createHmac } from 'node:crypto';
import { after, type Clock, minutes } from '../../kit/clock.ts';
import { hashOf, newSecret } from '../../kit/ids.ts';
import { Problem, retryAfter } from '../../kit/problem.ts';
import type { ConnectRequestRow, ConnectRequestStore } from './connect-request-store.ts';

/**
 * An app requests a connected account, the person agrees on a page of the broker and at the provider, and the
 * app completes the request. Ticket, session and code travel by different channels, so none of them suffices
 * alone.
 */
export interface ConnectRequests {
  begin(ask: ConnectAsk): Promise<{ readonly ticket: string; readonly authSession: string }>;
  /**
   * Begins the request of an agent, which has no address to return to. It asks for the outcome by the ticket. The same request
   * of the last five minutes that waits for the person is not begun again. `most`: open requests of the agent for the person.
   * @throws Problem too_many_requests
   */
  beginForAgent(ask: AgentConnectAsk, most: number): Promise<{ readonly ticket: string }>;
  /** Returns the state of an agent's own request. */
  stateOf(ticket: string, pair: Pick<ConnectRequestRow, 'userId' | 'appId'>): Promise<ConnectState>;
  /** Returns the request of this ticket, for five or, from an agent, ten minutes and until an account was linked for it. */
  find(ticket: string): Promise<ConnectRequest | undefined>;
  /**
   * Stores the linked identity. Returns the app's address with a code, or undefined when the request has expired or is an
   * agent's.
   */
  arrived(ticketHash: string, identityId: string): Promise<string | undefined>;
  /** Returns the app's address with an error, or undefined when the request has expired or is an agent's. */
  failed(ticketHash: string, error: string): Promise<string | undefined>;
  /** Completes a request, once. Returns undefined for a wrong app, user, session or code. */
  complete(proof: ConnectProof): Promise<ConnectRequest | undefined>;
  removeExpired(now: Date): Promise<void>;
}

export type ConnectRequest = Pick<
  ConnectRequestRow,
  'userId' | 'appId' | 'connectionId' | 'scopes' | 'identityId' | 'ticketHash' | 'createdAt'
> & {
  /** The app's address with the error `access_denied`, for a person who cancels. Null: the request is an agent's. */
  readonly refusal: string | null;
};

export type ConnectState = 'open' | 'arrived' | 'expired';

export type AgentConnectAsk = Pick<ConnectRequestRow, 'userId' | 'appId' | 'connectionId' | 'scopes'>;

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

/** Auth0's `expires_in`: the person must begin within it. */
export const ticketLifetime = minutes(5);
/** An agent's link may wait in a conversation. */
const agentTicketLifetime = minutes(10);
/** An agent that asks again gets the same link for so long. Half of its time is left then. */
const reusedFor = minutes(5);
/** In place of an app's address: the request is an agent's. */
const ofAgent = '';
/** The lifetime of the whole request: five minutes to begin, and ten for the provider's pages, as in any sign-in. */
const requestLifetime = minutes(15);

/** `ticketKeys`: those by which the ticket of an agent's request can be told again; the current key first. */
export function createConnectRequests(
  store: ConnectRequestStore,
  clock: Clock,
  ticketKeys: () => readonly Buffer[],
): ConnectRequests {
  const withRefusal = (row: ConnectRequestRow): ConnectRequest => ({
    ...row,
    refusal: answerTo(row, { error: 'access_denied', error_description: 'The user declined.' }) ?? null,
  });
  const begin = async (ask: ConnectAsk, ticketOf: (sessionHash: string) => string = newSecret) => {
    const authSession = newSecret();
    const sessionHash = hashOf(authSession);
    const ticket = ticketOf(sessionHash);
    const now = clock.now();
    const hashes = { ticketHash: hashOf(ticket), sessionHash };
    await store.insert({ ...ask, ...hashes, createdAt: now, expiresAt: after(now, requestLifetime) });
    return { ticket, authSession };
  };
  // A row of an agent tells its ticket to a process with the key, and to no reader of the table.
  const derived = (key: Buffer, sessionHash: string) =>
    createHmac('sha256', key).update(sessionHash).digest('base64url');
  const ticketOf = ({ sessionHash, ticketHash }: ConnectRequestRow) =>
    ticketKeys()
      .map((key) => derived(key, sessionHash))
      .find((ticket) => hashOf(ticket) === ticketHash);
  const canBegin = ({ createdAt, redirectUri }: ConnectRequestRow, now: Date) =>
    after(createdAt, redirectUri === ofAgent ? agentTicketLifetime : ticketLifetime) > now;
  return {
    begin: (ask) => begin(ask),
    async beginForAgent(ask, most) {
      const now = clock.now();
      const { count, newest } = await store.openOf({ ...ask, redirectUri: ofAgent }, now);
      const known = newest && after(newest.createdAt, reusedFor) > now ? ticketOf(newest) : undefined;
      if (known !== undefined) return { ticket: known };
      if (count >= most)
        throw new Problem('too_many_requests', {
          detail: 'The person has not opened the earlier links yet.',
          headers: retryAfter(minutes(1)),
        });
      const [key] = ticketKeys();
      if (!key) throw new Error('there is no key');
      const from = { redirectUri: ofAgent, state: null, codeChallenge: null };
      const { ticket } = await begin({ ...ask, ...from }, (sessionHash) => derived(key, sessionHash));
      return { ticket };
    },
    async stateOf(ticket, { userId, appId }) {
      const now = clock.now();
      const row = await store.findAnswered(hashOf(ticket), now);
      if (row?.userId !== userId || row.appId !== appId || row.redirectUri !== ofAgent) return 'expired';
      if (row.identityId !== null) return 'arrived';
      return canBegin(row, now) ? 'open' : 'expired';
    },
    async find(ticket) {
      const now = clock.now();
      const row = await store.find(hashOf(ticket), now);
      return row && canBegin(row, now) ? withRefusal(row) : undefined;
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
      return row && withRefusal(row);
    },
    removeExpired: store.removeExpired,
  };
}

function answerTo(
  { redirectUri, state }: ConnectRequestRow,
  answer: Readonly<Record<string, string>>,
): string | undefined {
  if (redirectUri === ofAgent) return undefined;
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries({ ...answer, ...(state !== null && { state }) }))
    url.searchParams.set(name, value);
  return url.href;
}
