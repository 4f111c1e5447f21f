import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { UpstreamError } from '../../src/connectors/contract/failures.ts';
import { type Options, optionFaults } from '../../src/connectors/contract/options.ts';
import { Secret } from '../../src/kit/secret.ts';
import { createProviderWorld, type ProviderWorld } from './provider-world.ts';

// The meaning of a refused refresh, if its provider has error codes of its own for it.

let world: ProviderWorld;

beforeAll(async () => {
  world = await createProviderWorld('oauth2', 'oauth2');
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function refused({ status, body, headers }: Answer, options: Options = {}): Promise<UpstreamError> {
  world.rogue.says({
    '/refresh': (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    },
  });
  const { misled } = world.withOptions({ subject_path: 'id', ...options });
  const held = { accessToken: new Secret('held-access-0001'), refreshToken: new Secret('held-refresh-0001') };
  const error: unknown = await misled.refresh({ ...held, parameters: {} }).catch((thrown: unknown) => thrown);
  if (!(error instanceof UpstreamError)) throw new Error('it was not refused', { cause: error });
  return error;
}

const answer = (status: number, body: unknown): [number, unknown] => [status, body];

describe('a refusal with an error code of its own that ends the grant', () => {
  it.each([
    answer(200, { error: 'invalid_code' }),
    answer(200, { ok: false, error: 'token_expired' }),
    answer(400, { error: 'invalid_refresh_token' }),
    answer(400, { error: 'bad_refresh_token' }),
    answer(401, { error: 'invalid_token' }),
    answer(403, { error: 'unauthorized_client', error_description: 'refresh_token is invalid' }),
    answer(403, { error: 'access_denied', error_description: 'user is blocked' }),
    answer(400, { error: 'interaction_required' }),
    answer(400, { error: 'consent_required' }),
    answer(400, { error: 'login_required' }),
    answer(400, { error: 'invalid_request', error_description: 'Refresh token has expired' }),
    answer(400, { error: 'invalid_request', error_description: 'The provided refresh_token was revoked.' }),
    answer(400, { error_description: 'Unknown refresh token' }),
    answer(400, { error: { code: 'InvalidRefreshToken', message: 'No.' } }),
    answer(400, { errors: [{ errorType: 'invalid_grant', message: 'Refresh token invalid: …' }] }),
    answer(400, { code: 'TOKEN_REVOKED' }),
    answer(422, { message: 'Expired refresh token' }),
    answer(400, { error: 'invalid_request', error_description: 'Token is not active' }),
    answer(400, { error: 4711, message: 'refresh token not found' }),
    answer(401, { message: 'Unauthorized' }),
    answer(401, { statusCode: 401, error: 'Unauthorized' }),
    answer(401, ''),
  ])('%s %j ends the grant', async (status, body) => {
    expect((await refused({ status, body })).failure.kind).toBe('grant-dead');
  });

  it.each([
    [{ error: 'token_expired' }, 'expired'],
    [{ message: 'The refresh token was revoked by the user' }, 'revoked_by_user'],
    [{ message: 'The refresh token is expired or revoked' }, 'rejected'],
  ])('%j states the reason: %s', async (body, reason) => {
    expect((await refused({ status: 400, body })).failure).toMatchObject({ reason });
  });
});

describe('a refusal that does not end the grant', () => {
  it.each([
    answer(500, { error: 'invalid_grant' }),
    answer(503, { error: 'invalid_grant', error_description: 'Refresh token has expired' }),
    answer(502, 'Refresh token has expired'),
  ])('%s %j: a provider in an outage says nothing about the grant', async (status, body) => {
    expect((await refused({ status, body })).failure.kind).toBe('unavailable');
  });

  it('is a rate limit, whatever error code it has', async () => {
    const body = { error: 'invalid_grant', error_description: 'Refresh token revoked' };
    expect((await refused({ status: 429, body })).failure.kind).toBe('rate-limited');
  });

  it.each([
    answer(400, { error: 'invalid_grant', error_description: 'token request is already being processed' }),
    answer(400, { error: 'invalid_grant', error_description: 'Concurrent refresh of this token' }),
    answer(200, { error: 'Access Denied', error_description: 'You have made too many requests. Try again.' }),
    answer(400, { error: 'temporarily_unavailable' }),
    answer(403, { message: 'Rate limit exceeded' }),
  ])('%s %j: it may work later', async (status, body) => {
    expect((await refused({ status, body })).failure.kind).toBe('unavailable');
  });

  it.each([
    answer(401, { error: 'invalid_client' }),
    answer(401, { error: 'invalid_client', error_description: 'may not use this refresh token: invalid' }),
    answer(403, { error: 'unauthorized_client', error_description: 'not allowed to use refresh tokens' }),
    answer(400, { error: 'unsupported_grant_type', error_description: 'invalid refresh token grant' }),
    answer(401, { message: 'Bad client credentials' }),
  ])('%s %j: the client is at fault', async (status, body) => {
    expect((await refused({ status, body })).failure.kind).toBe('misconfigured');
  });

  it('is a bare 401 with a challenge for the client (RFC 6749 section 5.2)', async () => {
    const headers = { 'www-authenticate': 'Basic realm="api"' };
    const error = await refused({ status: 401, body: {}, headers });
    expect(error.failure.kind).toBe('misconfigured');
  });

  it.each([
    answer(400, { error: 'invalid_request', error_description: 'Missing parameter: refresh_token' }),
    answer(400, { error: 'invalid_scope' }),
    answer(403, { message: 'Forbidden' }),
    answer(401, '<!doctype html><title>401</title>'),
    answer(404, { message: 'Not Found' }),
  ])('%s %j: the meaning is ambiguous', async (status, body) => {
    expect((await refused({ status, body })).failure.kind).toBe('unknown');
  });

  it('is, until it is repeated, an error about a code that was not sent', async () => {
    const body = { error: 'invalid_grant', error_description: 'expired authorization code' };
    expect((await refused({ status: 400, body })).failure).toMatchObject({ doubtful: true });
    const rfc = 'The provided authorization grant (e.g., authorization code) or refresh token is invalid';
    const plain = await refused({ status: 400, body: { error: 'invalid_grant', error_description: rfc } });
    expect(plain.failure).toEqual({ kind: 'grant-dead', reason: 'rejected' });
  });
});

describe('error codes that the operator configures', () => {
  const options = { dead_when: 'E_GONE,77,grant is over', retry_when: 'busy bee,E_WAIT' };

  it.each([
    [{ error: 'E_GONE' }, 400, 'grant-dead'],
    [{ error: 'e-gone' }, 400, 'grant-dead'],
    [{ code: 77 }, 200, 'grant-dead'],
    [{ message: 'Your Grant  is over.' }, 403, 'grant-dead'],
    [{ message: '77 requests were refused' }, 400, 'unknown'],
    [{ message: 'e_gone_fishing' }, 400, 'unknown'],
    [{ error: 'invalid_grant', error_description: 'a busy bee' }, 400, 'unavailable'],
    [{ error: 'E_GONE', message: 'E_WAIT' }, 400, 'unavailable'],
    [{ error: 'E_GONE' }, 500, 'unavailable'],
    [{ error: 'E_GONE' }, 429, 'rate-limited'],
  ])('%j at %s is %s', async (body, status, kind) => {
    expect((await refused({ status, body }, options)).failure.kind).toBe(kind);
  });

  it.each(['dead_when', 'retry_when'])('are bounded: %s', (name) => {
    const faults = (value: string) => optionFaults(world.connector.options, { [name]: value });
    expect(faults('a,b c, d')).toEqual([]);
    for (const value of ['', ',', 'a,,b', 'x'.repeat(81), Array(21).fill('a').join(','), 'a\nb'])
      expect(faults(value)).toEqual([expect.stringContaining(name)]);
  });
});

describe('the text of a refusal', () => {
  it('is stored as one line, without sent values or anything like a token, and is not printed', async () => {
    const hidden = 'eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl';
    const error_description = `Token held-refresh-0001\nof ${hidden} is odd`;
    const error = await refused({ status: 400, body: { error: 'invalid_request', error_description } });
    expect(error.said()).toBe('invalid_request · Token … of … is odd');
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('odd');
    const long = await refused({ status: 400, body: { error_description: 'no '.repeat(500) } });
    expect(long.said().length).toBeLessThanOrEqual(200);
  });

  it.each([
    ['The refresh token held-refresh-0001 is odd', 'Therefreshtokenisodd'],
    ['held-refresh-0001', ''],
    ['odd: eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl', 'odd:'],
    ['temporarily_disabled_integration', 'temporarily_disabled_integration'],
    ['AADSTS700082', 'AADSTS700082'],
  ])('has an error code no longer than that: %s', async (error, code) => {
    expect((await refused({ status: 400, body: { error } })).code).toBe(code);
  });
});
