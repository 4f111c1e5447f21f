import { expect } from 'vitest';
import type { Asked, Conformance, Words } from './conformance.ts';

// The behaviour that RFC 6749 prescribes, so that a test states only its provider's differences.

type Parameters = NonNullable<Conformance['authorize']>['parameters'];

export function authorizeParameters(
  clientId: string | RegExp,
  own: Readonly<Record<string, string>>,
): Parameters {
  return [
    ['response_type', 'code'],
    ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
    ['state', 'a1b2c3'],
    ['client_id', clientId],
    ...Object.entries(own),
  ];
}

export const challenge: Parameters = [
  ['code_challenge', /^[\w-]{43}$/],
  ['code_challenge_method', 'S256'],
];

/** The client secret is in the body, or with `basic` in a header. */
export function exchangeAt(path: string, how: { readonly basic?: true; readonly pkce?: true } = {}): Asked {
  const client = how.basic ? [] : ['client_id', 'client_secret'];
  const verifier = how.pkce ? ['code_verifier'] : [];
  return { method: 'POST', path, params: [...client, ...verifier, 'grant_type', 'code', 'redirect_uri'] };
}

export function refreshAt(path: string, how: { readonly basic?: true } = {}): Asked {
  const client = how.basic ? [] : ['client_id', 'client_secret'];
  return { method: 'POST', path, params: [...client, 'grant_type', 'refresh_token'] };
}

/** Without `at` the provider has no picture. */
export function lin(at: string | undefined, about: Partial<Conformance['account']>): Conformance['account'] {
  return {
    subject: '',
    alternates: {},
    name: '林小雨',
    picture: at === undefined ? undefined : expect.stringContaining(`/${at}/lab/avatars/lin`),
    email: 'lin@example.com',
    emailVerified: false,
    ...about,
  };
}

export const said = (error: string) => ({ error, error_description: 'Some words.' });

export const rejected = { kind: 'grant-dead', reason: 'rejected' } as const;

/** The errors of RFC 6749 section 5.2. */
export const rfcWords: readonly Words[] = [
  { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
  { step: 'exchange', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
  { step: 'exchange', status: 400, body: said('unauthorized_client'), becomes: { kind: 'misconfigured' } },
  { step: 'exchange', status: 400, body: said('invalid_request'), becomes: { kind: 'unknown' } },
  { step: 'refresh', status: 400, body: said('invalid_grant'), becomes: rejected },
  { step: 'refresh', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
];
