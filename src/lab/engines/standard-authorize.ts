import type { AuthorizeRules } from '../authorize/rules.ts';

/** An authorize endpoint that keeps to RFC 6749 and always brings a refresh token. */
export const standardAuthorize: Omit<AuthorizeRules, 'path'> = {
  required: ['response_type'],
  scopeSeparator: / +/,
  defaultScopes: [],
  redirectMatch: 'origin',
  challenge: 'optional',
  codeSeconds: 600,
  complain: 'redirect',
  errorPage: (problem, detail) => ({
    status: 400,
    heading: 'This request cannot be shown',
    text: `${problem}: ${detail}`,
  }),
  denial: () => ({ error: 'access_denied', error_description: 'The user denied the request.' }),
  offline: () => true,
};
