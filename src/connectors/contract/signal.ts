import type { Secret } from '../../kit/secret.ts';
import type { DeadReason } from './failures.ts';
import type { Options } from './options.ts';

// Messages that providers send on their own: a grant was revoked, an account was deleted, data must be erased.

/** A message as it was received. Nothing in it is trusted until `read` has verified it. */
export interface SignalRequest {
  readonly method: 'GET' | 'POST';
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The exact bytes, since signatures are computed over them. */
  readonly body: string;
}

export interface SignalCall {
  readonly request: SignalRequest;
  readonly registration: {
    readonly clientId: string;
    readonly clientSecret: Secret | undefined;
    readonly issuer: string;
    readonly options: Options;
    readonly secrets: Readonly<Record<string, Secret>>;
  };
  readonly now: Date;
  /** Returns the claims of a JWT that is signed by one of the provider's published keys. @throws Error */
  readonly verifyJwt: (token: string, expected: ExpectedJwt) => Promise<Readonly<Record<string, unknown>>>;
}

export interface ExpectedJwt {
  readonly issuer: string | readonly string[];
  readonly audience: string | readonly string[];
  /** JWA names; RS256 or ES256 where absent. For HS algorithms the client secret is the key. */
  readonly algorithms?: readonly string[];
  /** The allowed `typ` values in lower case. A header without `typ` is accepted. */
  readonly types?: readonly string[];
  /** Seconds since it was issued. */
  readonly maxAge?: number;
}

export interface Signal {
  /** The id of this message among all of the connection's. A message with the same id is processed once. */
  readonly id: string;
  /** The subject concerned. Undefined: the holder of the session that `means` names. */
  readonly subject: string | undefined;
  /** The time of the event, where the provider states it. Grants after that time are not affected. */
  readonly at: Date | undefined;
  readonly means: SignalMeaning;
}

/** The consequence of a signal: the thing that ended, or may have ended, or must be erased. */
export type SignalMeaning =
  | { readonly kind: 'grant-dead'; readonly reason: DeadReason }
  /** The grant may have ended. Only a call to the provider shows it. */
  | { readonly kind: 'doubt' }
  /** The person's session at the provider ended: the named one, or all of them. */
  | { readonly kind: 'signed-out'; readonly sid: string | undefined }
  /** The person requests the deletion of their data. */
  | { readonly kind: 'data-deletion' };

export interface SignalReading {
  readonly signals: readonly Signal[];
  /** Returns the answer to a message, or to a handshake, which has no signals. */
  readonly answer: (receipt: Receipt) => SignalAnswer;
}

/** The reference under which a data deletion can be looked up, for providers that require one. */
export interface Receipt {
  readonly url: string;
  readonly code: string;
}

export interface SignalAnswer {
  readonly status: number;
  readonly json?: Readonly<Record<string, unknown>>;
  readonly text?: string;
}

/** The provider's messages, and how to read them. */
export interface SignalTraits {
  /** For the admin: the place at the provider where the signals address is entered, and further requirements. */
  readonly about: string;
  readonly methods: readonly SignalRequest['method'][];
  /** Verifies and reads a message. @throws Error if it is not from the provider */
  readonly read: (call: SignalCall) => SignalReading | Promise<SignalReading>;
}

/** Returns a signal for an unsigned message, which any sender can forge: at most one per subject and minute. */
export function doubtSignal(subject: string, now: Date): Signal {
  const id = `${subject} ${Math.floor(now.getTime() / 60_000)}`;
  return { id, subject, at: undefined, means: { kind: 'doubt' } };
}

export const accepted: SignalReading['answer'] = () => ({ status: 200, json: {} });
