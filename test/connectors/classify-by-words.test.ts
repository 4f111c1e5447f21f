import { describe, expect, it } from 'vitest';
import type { Failure, Step } from '../../src/connectors/contract/failures.ts';
import { findConnector, providers } from '../../src/connectors/registry.ts';

// Some providers refuse with error codes of their own instead of RFC 6749's.

const ask = (provider: string, step: Step, [status, body]: readonly [number, Record<string, unknown>]) =>
  findConnector(provider)?.classify?.({
    ...{ step, status, retryAfter: undefined, body: JSON.parse(JSON.stringify(body)) },
    error: typeof body.error === 'string' ? body.error : undefined,
  });

const cases: readonly (readonly [
  string,
  Step,
  number,
  Record<string, unknown>,
  Failure['kind'] | undefined,
])[] = [
  ['zoom', 'refresh', 401, { reason: 'Invalid Token!', error: 'invalid_request' }, 'grant-dead'],
  ['zoom', 'profile', 401, { code: 124, message: 'Access token is expired.' }, 'grant-dead'],
  ['paypal', 'refresh', 400, { error: 'invalid_refresh_token' }, 'grant-dead'],
  ['yahoo', 'refresh', 400, { error: 'INVALID_REFRESH_TOKEN' }, 'grant-dead'],
  ['discord', 'refresh', 400, { error_description: 'Invalid "refresh_token" in request.' }, 'grant-dead'],
  ['google', 'refresh', 400, { error: 'disabled_client' }, 'misconfigured'],
  ['linkedin', 'profile', 401, { serviceErrorCode: 65_601, code: 'REVOKED_ACCESS_TOKEN' }, 'grant-dead'],
  ['gitlab', 'profile', 401, { error_description: 'Token was revoked. You have to …' }, 'grant-dead'],
  ['amazon', 'profile', 400, { error: 'invalid_token' }, 'grant-dead'],
  ['notion', 'refresh', 409, { code: 'conflict_error' }, 'unavailable'],
  ['shopify', 'refresh', 423, { errors: 'Locked' }, 'unavailable'],
  ['apple', 'refresh', 400, { error: 'unauthorized_client' }, 'misconfigured'],
  // The codes mean nothing for an authorization code, in a provider's outage, or in a person's name.
  ['zoom', 'exchange', 401, { reason: 'Invalid Token!' }, undefined],
  ['zoom', 'refresh', 503, { reason: 'Invalid Token!' }, undefined],
  ['gitlab', 'profile', 200, { name: 'Token was revoked' }, undefined],
];

describe('a provider’s own error code', () => {
  it.each(cases)('%s, %s: %s %j is %s', (provider, step, status, body, kind) => {
    expect(ask(provider, step, [status, body])?.kind).toBe(kind);
  });

  it('is looked for in every call with a grant', () => {
    const without = providers.filter((provider) => !findConnector(provider)?.classify);
    // The two generic connectors take the codes as options; Telegram issues no stored token.
    expect(without.sort()).toEqual(['oauth2', 'openid-connect', 'telegram']);
  });
});
