import type { Secret } from '../../kit/secret.ts';
import type { Step } from './failures.ts';
import type { Callback, Registration } from './registration.ts';

/** The rewriting of requests to the token endpoint and of its answers. */
export interface Rewrite {
  readonly request?: (
    request: HttpRequest,
    registration: Registration,
    context: RewriteContext,
  ) => RewrittenRequest | Promise<RewrittenRequest>;
  readonly response?: (answer: HttpAnswer, registration: Registration, context: RewriteContext) => HttpAnswer;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: URLSearchParams;
}

/** A rewritten request, whose body may be other than a form. */
export interface RewrittenRequest extends Omit<HttpRequest, 'body'> {
  readonly body: URLSearchParams | string;
}

/** The values beside a request that its rewriting may depend on. */
export interface RewriteContext {
  readonly step: Step;
  /** Empty unless a code is exchanged. */
  readonly callback: Callback;
  /** The parameters that came with the refresh token; empty when a code is exchanged. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly now: Date;
  /** Returns the app's own token (`appToken` of the connector). */
  readonly appToken: () => Promise<Secret>;
}

/** An answer of the provider, with its whole body. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}
