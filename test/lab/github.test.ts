import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Fields, labWorld, redirectUri } from './lab-world.ts';

const world = labWorld();
const asJson = { accept: 'application/json' };
const scope = 'user:email read:user';

async function newCode(query: Fields = {}): Promise<string> {
  return (await world.authorize('github', { scope, ...query })).searchParams.get('code') ?? '';
}

function exchange(fields: Fields, headers: Record<string, string> = asJson) {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('github');
  return world.post('/github/login/oauth/access_token', { client_id, client_secret, ...fields }, headers);
}

describe('authorize', () => {
  test('the callback names its issuer', async () => {
    const url = await world.authorize('github', { scope });
    expect(url.searchParams.get('iss')).toBe(world.connection('github').endpoints.issuer);
    expect(url.searchParams.get('state')).toBe('st4te');
  });

  test('a refusal has a description', async () => {
    const url = await world.authorize('github', { scope, lab_auto: 'deny' });
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ error: 'access_denied', state: 'st4te' });
    expect(url.searchParams.get('error_description')).toMatch(/^The user has denied/);
  });

  test('an unknown redirect or client is never redirected', async () => {
    expect((await world.authorize('github', { redirect_uri: 'http://evil.example/' })).href).toBe(
      'about:200',
    );
    expect((await world.authorize('github', { client_id: 'unknown' })).href).toBe('about:404');
  });
});

describe('token', () => {
  test('answers a form unless JSON is requested, scopes by comma', async () => {
    const form = await exchange({ code: await newCode() }, {});
    expect(form.headers.get('content-type')).toContain('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(form.text))).toEqual({
      access_token: expect.stringMatching(/^gho_\w{36}$/),
      scope: 'read:user,user:email',
      token_type: 'bearer',
    });
    const { json } = await exchange({ code: await newCode({ scope: 'user user:email' }) });
    expect(Object.keys(json)).toEqual(['access_token', 'scope', 'token_type']);
    expect(json.scope).toBe('user');
  });

  test.each([
    [{ code: 'unknown' }, 'bad_verification_code'],
    [{ client_secret: 'wrong' }, 'incorrect_client_credentials'],
    [{ client_secret: '' }, 'incorrect_client_credentials'],
    [{ redirect_uri: `${redirectUri}/other` }, 'redirect_uri_mismatch'],
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ grant_type: 'refresh_token', refresh_token: 'ghr_x' }, 'bad_refresh_token'],
  ])('%j is an error on HTTP 200', async (wrong, error) => {
    const answer = await exchange({ code: await newCode(), ...wrong });
    expect([answer.status, answer.json.error]).toEqual([200, error]);
    const form = await exchange({ code: await newCode(), ...wrong }, {});
    expect(new URLSearchParams(form.text).get('error')).toBe(error);
  });

  test('a code works once, for ten minutes, and only by POST', async () => {
    const code = await newCode();
    expect((await world.get('/github/login/oauth/access_token', { code })).status).toBe(405);
    expect((await exchange({ code })).json.access_token).toBeTruthy();
    expect((await exchange({ code })).json.error).toBe('bad_verification_code');
    const late = await newCode();
    world.clock.forward(601);
    expect((await exchange({ code: late })).json.error).toBe('bad_verification_code');
  });

  test('an unknown client gets 404', async () => {
    expect((await exchange({ code: await newCode(), client_id: 'unknown' })).status).toBe(404);
  });

  test('checks PKCE when a challenge was sent', async () => {
    const verifier = 'v'.repeat(43);
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const challenge = { code_challenge, code_challenge_method: 'S256' };
    expect((await exchange({ code: await newCode(challenge) })).json.error).toBe('bad_verification_code');
    const code = await newCode(challenge);
    expect((await exchange({ code, code_verifier: 'w'.repeat(43) })).json.error).toBe(
      'bad_verification_code',
    );
    expect((await exchange({ code, code_verifier: verifier })).json.access_token).toBeTruthy();
  });
});
