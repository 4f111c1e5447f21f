import type { AuthorizeRules } from '../authorize/rules.ts';

/** The rules of an authorize endpoint that follows RFC 6749 and always grants a refresh token. */
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
