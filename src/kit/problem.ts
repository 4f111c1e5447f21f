/** What a failed request answers: a stable code and a safe sentence for the caller, detail and cause for the log. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  /** Public members of the answer beside the standard ones (RFC 9457 section 3.2). */
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** For the log only. */
  readonly privateDetail: string | undefined;

  constructor(kind: ProblemKind, options: ProblemOptions = {}) {
    const { code, status, sentence }: Kind = kinds[kind];
    super(options.detail ?? sentence, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'Problem';
    this.code = code ?? kind;
    this.status = status;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
    this.privateDetail = options.privateDetail;
  }
}

export interface ProblemOptions {
  /** Public: shown to the caller. Never a stranger's text. */
  readonly detail?: string;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly privateDetail?: string;
  readonly cause?: unknown;
}

interface Kind {
  readonly code?: string;
  readonly status: number;
  readonly sentence: string;
}

const kinds = {
  invalid_request: { status: 400, sentence: 'The request is malformed.' },
  invalid_body: { code: 'invalid_request', status: 422, sentence: 'The request body is not valid.' },
  invalid_token: {
    status: 401,
    sentence: 'The access token is missing, expired, revoked or not for this API.',
  },
  login_required: { status: 401, sentence: 'Sign in first.' },
  forbidden: { status: 403, sentence: 'This is not allowed.' },
  insufficient_scope: { status: 403, sentence: 'The access token lacks a scope.' },
  connection_not_allowed: { status: 403, sentence: 'The policy of this app does not list this connection.' },
  consent_required: {
    status: 403,
    sentence: 'The user has not allowed this app to use this connection, or no longer does.',
  },
  insufficient_upstream_scope: {
    status: 403,
    sentence: 'The provider has not granted all the scopes asked for.',
  },
  reauthentication_required: { status: 403, sentence: 'Sign in again before doing this.' },
  reauthentication_not_proven: {
    status: 403,
    sentence:
      'The provider did not confirm that you have just signed in there, which the app wants to know. Sign out at the provider, then try again.',
  },
  not_found: { status: 404, sentence: 'There is nothing here.' },
  identity_not_found: { status: 404, sentence: 'No such linked identity.' },
  method_not_allowed: { status: 405, sentence: 'This method is not allowed here.' },
  conflict: { status: 409, sentence: 'This contradicts what is stored.' },
  identity_selection_required: { status: 409, sentence: 'Several identities match: name one by its id.' },
  no_provider_token: {
    status: 409,
    sentence: 'This provider says who somebody is and issues no token.',
  },
  identity_in_use: { status: 409, sentence: 'This account is already linked to another user.' },
  last_identity: { status: 409, sentence: 'This is the last way to sign in, so it cannot be unlinked.' },
  reauthorization_required: { status: 409, sentence: 'The user has to authorise this connection again.' },
  payload_too_large: { status: 413, sentence: 'The request body is too large.' },
  unsupported_media_type: { status: 415, sentence: 'This content type is not accepted here.' },
  misdirected_request: { status: 421, sentence: 'This host is not served here.' },
  too_many_requests: { status: 429, sentence: 'Too many requests.' },
  server_error: { status: 500, sentence: 'Something went wrong on our side.' },
  provider_error: { status: 502, sentence: 'The provider answered nonsense.' },
  provider_unavailable: { status: 503, sentence: 'The provider cannot be reached at the moment.' },
  unavailable: { status: 503, sentence: 'The broker cannot answer at the moment.' },
} as const satisfies Record<string, Kind>;

export type ProblemKind = keyof typeof kinds;

/** `Retry-After` in whole seconds, at least one (RFC 9110 section 10.2.3). */
export function retryAfter(milliseconds: number): Record<'Retry-After', string> {
  return { 'Retry-After': String(Math.max(1, Math.ceil(milliseconds / 1000))) };
}
