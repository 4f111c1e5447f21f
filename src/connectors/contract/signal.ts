import type { Secret } from '../../kit/secret.ts';
import type { DeadReason } from './failures.ts';
import type { Options } from './options.ts';

// What providers tell us unasked: a grant was revoked, an account is gone, data must be deleted.

/** A message as it came. Everything in it is a stranger's until `read` has verified it. */
export interface SignalRequest {
  readonly method: 'GET' | 'POST';
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** As the bytes were, since signatures are over them. */
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
  /** The claims of a JWT that the provider's published keys have signed. @throws Error */
  readonly verifyJwt: (token: string, expected: ExpectedJwt) => Promise<Readonly<Record<string, unknown>>>;
}

export interface ExpectedJwt {
  readonly issuer: string | readonly string[];
  readonly audience: string | readonly string[];
  /** JWA names; RS256 or ES256 where absent. With an HS one, the client secret is the key. */
  readonly algorithms?: readonly string[];
  /** What its header may call it, in lower case, if it calls it anything. */
  readonly types?: readonly string[];
  /** Seconds since it was issued. */
  readonly maxAge?: number;
}

export interface Signal {
  /** Names this message among all of the connection's, so that it is acted on once. */
  readonly id: string;
  /** Whom it speaks of; undefined: of whoever has the session that it names. */
  readonly subject: string | undefined;
  /** When it happened, where the provider says so: what was granted later is not meant. */
  readonly at: Date | undefined;
  readonly means: SignalMeaning;
}

export type SignalMeaning =
  | { readonly kind: 'grant-dead'; readonly reason: DeadReason }
  /** Something happened that may have ended the grant: only asking the provider will tell. */
  | { readonly kind: 'doubt' }
  /** The person's session at the provider is over: the one named, or all of them. */
  | { readonly kind: 'signed-out'; readonly sid: string | undefined }
  /** The person wants to be forgotten. */
  | { readonly kind: 'data-deletion' };

export interface SignalReading {
  readonly signals: readonly Signal[];
  /** Of a message, or of a handshake, which has no signals. */
  readonly answer: (receipt: Receipt) => SignalAnswer;
}

/** For those who must be told where to look up what became of it. */
export interface Receipt {
  readonly url: string;
  readonly code: string;
}

export interface SignalAnswer {
  readonly status: number;
  readonly json?: Readonly<Record<string, unknown>>;
  readonly text?: string;
}

/** Reads a message of this provider's. @throws Error when it cannot be the provider's. */
export interface SignalTraits {
  /** For the admin: where the signals address is entered, and what goes with it. */
  readonly about: string;
  readonly methods: readonly SignalRequest['method'][];
  readonly read: (call: SignalCall) => SignalReading | Promise<SignalReading>;
}

/** Of a message that anybody may write, with whatever time: by our own clock, one a minute is enough. */
export function doubted(subject: string, now: Date): Signal {
  const id = `${subject} ${Math.floor(now.getTime() / 60_000)}`;
  return { id, subject, at: undefined, means: { kind: 'doubt' } };
}

export const accepted: SignalReading['answer'] = () => ({ status: 200, json: {} });
