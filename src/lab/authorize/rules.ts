import type { LabClient } from '../core/client.ts';
import type { Grant } from '../core/ledger-types.ts';
import type { Person } from '../core/people.ts';
import type { Call } from '../core/wire.ts';

/** A valid authorization request. */
export interface AuthorizeRequest {
  readonly client: LabClient;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly scopes: readonly string[];
  readonly challenge: { readonly method: string; readonly value: string } | null;
  readonly nonce: string | null;
  readonly query: URLSearchParams;
}

export type PageProblem = 'client' | 'redirect' | 'missing' | 'response_type' | 'scope' | 'challenge';

export interface ErrorPage {
  readonly status: number;
  readonly heading: string;
  readonly text: string;
}

/** The rules by which a provider's authorize endpoint differs from others. */
export interface AuthorizeRules {
  readonly path: string | readonly string[];
  readonly clientParam?: string;
  readonly codeParam?: string;
  readonly redirectParam?: string;
  /** Returns a further objection to a request, as the page states it. */
  readonly objection?: (call: Call) => string | undefined;
  /** The required parameters beside client and redirect URI. */
  readonly required?: readonly string[];
  readonly scopeParam?: string;
  readonly scopeSeparator: RegExp;
  readonly defaultScopes: readonly string[];
  readonly knownScope?: (scope: string) => boolean;
  readonly expandScopes?: (scopes: readonly string[]) => readonly string[];
  /** `host` compares host names only, as WeChat's registered domain does. */
  readonly redirectMatch: 'origin' | 'host';
  readonly challenge: 'optional' | 'required' | 'ignored';
  /** The default of `code_challenge_method`; `plain` by RFC 7636. */
  readonly challengeMethod?: 'S256';
  readonly codeSeconds: number;
  /** Whether a person can decline this scope. Absent: the request is all or nothing. */
  readonly untickable?: (scope: string) => boolean;
  /** Returns the scopes that are omitted because this person declined them before. */
  readonly withheld?: (request: AuthorizeRequest, grant: Grant) => readonly string[];
  /** The handling of errors that RFC 6749 sends to the client. */
  readonly complain: 'page' | 'redirect';
  readonly errorPage: (problem: PageProblem, detail: string) => ErrorPage;
  /** With `prompt=none`, a person without an earlier consent sees the page instead of a refusal. */
  readonly noneStillAsks?: true;
  readonly denial: () => Readonly<Record<string, string>>;
  /** The page after a denial, which is not sent to the client. */
  readonly denialPage?: ErrorPage;
  /** Returns further callback parameters beside code and state. */
  readonly extras?: (
    request: AuthorizeRequest,
    person: Person,
    earlier: Grant | undefined,
  ) => Readonly<Record<string, string>>;
  /** Whether the callback is a form post (OAuth 2.0 Form Post Response Mode). */
  readonly posts?: (query: URLSearchParams) => boolean;
  /** Returns the parameters of every callback, errors included (RFC 9207). */
  readonly always?: () => Readonly<Record<string, string>>;
  /** Returns the final callback parameters, e.g. with a signature over all. */
  readonly sealed?: (parameters: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  readonly fragment?: string;
  /** Whether the exchange of the code returns a refresh token. */
  readonly offline: (request: AuthorizeRequest, earlier: Grant | undefined) => boolean;
  /** Returns the scopes of the code; earlier ones may be included. */
  readonly grantScopes?: (
    request: AuthorizeRequest,
    approved: readonly string[],
    earlier: Grant | undefined,
  ) => readonly string[];
}
