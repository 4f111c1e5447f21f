/**
 * The signs by which a provider's API refuses an expired access token, beside status 401, the challenge `invalid_token` (RFC
 * 6750 section 3.1) and the usual words in an error.
 */
export interface ExpiredTokenSigns {
  /** Codes and phrases of an error that have no other meaning, as in `expired_when`. */
  readonly words?: readonly string[];
  /** Statuses that the API also sends for other reasons. They never cause a write to be repeated. */
  readonly doubtfulStatuses?: readonly number[];
}
