// The request headers that the proxy passes to every provider. A connector and a line of the policy can name more. Any
// other header stays here, since servers know many names for another method, another path or another credential.

/** Headers that ask for a part of the answer. A token in pieces would not be found, so apps without `handout` cannot. */
export const partialHeaders: ReadonlySet<string> = new Set(['range', 'if-range']);

/** Names in lower case. */
export const usualHeaders: readonly string[] = [
  // Content and its negotiation (RFC 9110 section 8 and 12).
  'accept',
  'accept-language',
  'accept-datetime',
  'accept-version',
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'content-range',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'mime-version',
  'slug',
  // Conditions and parts (RFC 9110 section 13 and 14).
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  ...partialHeaders,
  'cache-control',
  'pragma',
  'last-event-id',
  // Preferences and repetition. No `traceparent`: two providers could link accounts by it, and apps send it without a thought.
  'prefer',
  'idempotency-key',
  'x-idempotency-key',
  'user-agent',
  'x-requested-with',
  'x-request-id',
  'x-correlation-id',
  'request-id',
  'client-request-id',
  // Versions and uploads, which gateways of several APIs understand too.
  'api-version',
  'x-api-version',
  'odata-version',
  'odata-maxversion',
  'consistencylevel',
  'gdata-version',
  'x-restli-protocol-version',
  'tus-resumable',
  'upload-length',
  'upload-offset',
  'upload-metadata',
  'x-upload-content-type',
  'x-upload-content-length',
];
