import type { Secret } from '../../kit/secret.ts';
import type { Step } from './failures.ts';
import type { Callback, Registration } from './registration.ts';

/** A connector's hand on the wire of the token endpoint. */
export interface Conform {
  readonly request?: (
    request: WireRequest,
    registration: Registration,
    context: WireContext,
  ) => ConformedRequest | Promise<ConformedRequest>;
  readonly response?: (answer: WireAnswer, registration: Registration, context: WireContext) => WireAnswer;
}

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: URLSearchParams;
}

/** Also one whose body is no form. */
export interface ConformedRequest extends Omit<WireRequest, 'body'> {
  readonly body: URLSearchParams | string;
}

/** What a request may depend on besides itself. */
export interface WireContext {
  readonly step: Step;
  /** Empty unless a code is exchanged. */
  readonly callback: Callback;
  /** Those that came with the refresh token; empty when a code is exchanged. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly now: Date;
  readonly appToken: () => Promise<Secret>;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}
