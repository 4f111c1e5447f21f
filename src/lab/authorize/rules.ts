import type { LabClient } from '../core/client.ts';
import type { Grant } from '../core/ledger-types.ts';
import type { Person } from '../core/people.ts';
import type { Call } from '../core/wire.ts';

/** An authorization request that may be shown to a person. */
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

/** How one provider's authorize endpoint differs from the others. */
export interface AuthorizeRules {
  readonly path: string | readonly string[];
  readonly clientParam?: string;
  readonly codeParam?: string;
  readonly redirectParam?: string;
  /** What else speaks against a request, in the page's own words. */
  readonly objection?: (call: Call) => string | undefined;
  /** Parameters, besides client and redirect URI, that must be there. */
  readonly required?: readonly string[];
  readonly scopeParam?: string;
  readonly scopeSeparator: RegExp;
  readonly defaultScopes: readonly string[];
  readonly knownScope?: (scope: string) => boolean;
  readonly expandScopes?: (scopes: readonly string[]) => readonly string[];
  /** `host` compares host names only, as WeChat's registered domain does. */
  readonly redirectMatch: 'origin' | 'host';
  readonly challenge: 'optional' | 'required' | 'ignored';
  /** What `code_challenge_method` means where it is left out; `plain` by RFC 7636. */
  readonly challengeMethod?: 'S256';
  readonly codeSeconds: number;
  /** Scopes that a person can untick one by one; without it the request is all or nothing. */
  readonly untickable?: (scope: string) => boolean;
  /** Scopes left out because this person refused them before. */
  readonly withheld?: (request: AuthorizeRequest, grant: Grant) => readonly string[];
  /** What happens to problems that RFC 6749 would send back to the client. */
  readonly complain: 'page' | 'redirect';
  readonly errorPage: (problem: PageProblem, detail: string) => ErrorPage;
  /** With `prompt=none` only who has agreed before is sent back at once; the others are asked, not refused. */
  readonly noneStillAsks?: true;
  readonly denial: () => Readonly<Record<string, string>>;
  /** A refusal ends here, and the client never hears of it. */
  readonly denialPage?: ErrorPage;
  /** Further callback parameters beside code and state. */
  readonly extras?: (
    request: AuthorizeRequest,
    person: Person,
    earlier: Grant | undefined,
  ) => Readonly<Record<string, string>>;
  /** The answer is posted by a form (OAuth 2.0 Form Post Response Mode). */
  readonly posts?: (query: URLSearchParams) => boolean;
  /** Parameters on every callback, errors included (RFC 9207). */
  readonly always?: () => Readonly<Record<string, string>>;
  /** Last word on the callback's parameters, e.g. a signature over them all. */
  readonly sealed?: (parameters: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  readonly fragment?: string;
  /** Whether the code will bring a refresh token. */
  readonly offline: (request: AuthorizeRequest, earlier: Grant | undefined) => boolean;
  /** Scopes of the code; earlier ones may be merged in. */
  readonly grantScopes?: (
    request: AuthorizeRequest,
    approved: readonly string[],
    earlier: Grant | undefined,
  ) => readonly string[];
}
