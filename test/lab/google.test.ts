import { createHash } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { type Fields, labWorld, redirectUri } from './lab-world.ts';

const world = labWorld();
const base = { response_type: 'code', scope: 'openid email profile' };
const long = 'https://www.googleapis.com/auth/';

async function newCode(query: Fields = {}, user = 'lin'): Promise<string> {
  return (await world.authorize('google', { ...base, ...query }, user)).searchParams.get('code') ?? '';
}

function token(fields: Fields) {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('google');
  const grant_type = 'authorization_code';
  return world.post('/google/token', {
    client_id,
    client_secret,
    grant_type,
    redirect_uri: redirectUri,
    ...fields,
  });
}

async function claimsOf(id_token: string): Promise<Fields> {
  const { issuer = '', jwks = '' } = world.connection('google').endpoints;
  const expected = { issuer, audience: world.connection('google').clientId, currentDate: world.clock.now() };
  return (await jwtVerify(id_token, createRemoteJWKSet(new URL(jwks)), expected)).payload;
}

describe('authorize', () => {
  test('the callback has issuer, scopes and more', async () => {
    const url = await world.authorize('google', base, 'ada');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      state: 'st4te',
      iss: world.connection('google').endpoints.issuer,
      code: expect.stringMatching(/^4\/0A/),
      scope: `openid ${long}userinfo.email ${long}userinfo.profile`,
      authuser: '0',
      hd: 'workspace.example',
      prompt: 'none',
    });
  });

  test.each([
    [{ redirect_uri: 'http://evil.example/' }, 'redirect_uri_mismatch'],
    [{ client_id: 'unknown' }, 'invalid_client'],
    [{ response_type: '' }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: '' }, 'invalid_request'],
    [{ scope: 'openid nonsense' }, 'invalid_scope'],
    [{ code_challenge: 'x', code_challenge_method: 'S256' }, 'invalid_request'],
  ])('%j leads to an error page', async (wrong, error) => {
    const client_id = world.connection('google').clientId;
    const query = { ...base, client_id, redirect_uri: redirectUri, lab_auto: '1', ...wrong };
    const page = await world.get('/google/o/oauth2/v2/auth', query);
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(page.text).toContain(error);
  });

  test('prompt=none works only if all was consented to before', async () => {
    const silent = { ...base, prompt: 'none', lab_auto: '0' };
    const refused = await world.authorize('google', silent, 'sam');
    expect(refused.searchParams.get('error')).toBe('interaction_required');
    await newCode({}, 'sam');
    expect((await world.authorize('google', silent, 'sam')).searchParams.get('code')).toBeTruthy();
  });
});

describe('token', () => {
  test('an ID token that verifies, scopes by their long names', async () => {
    const { json, headers } = await token({ code: await newCode({ nonce: 'n0nce' }) });
    expect(headers.get('content-type')).toContain('application/json');
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
    expect(json.access_token).toMatch(/^ya29\./);
    expect(json.scope.split(' ').toSorted()).toEqual([
      `${long}userinfo.email`,
      `${long}userinfo.profile`,
      'openid',
    ]);
    const claims = await claimsOf(json.id_token);
    const at_hash = createHash('sha256')
      .update(json.access_token)
      .digest()
      .subarray(0, 16)
      .toString('base64url');
    expect(claims).toMatchObject({ nonce: 'n0nce', at_hash, email: 'lin@example.com', email_verified: true });
    expect(claims.sub).toMatch(/^1\d{20}$/);
  });

  test('without sign-in scopes there is no ID token', async () => {
    const { json } = await token({ code: await newCode({ scope: `${long}drive.readonly` }) });
    expect(json).not.toHaveProperty('id_token');
  });

  test.each([
    [{ code: 'unknown' }, 400, 'invalid_grant'],
    [{ code: '' }, 400, 'invalid_request'],
    [{ redirect_uri: `${redirectUri}x` }, 400, 'redirect_uri_mismatch'],
    [{ redirect_uri: '' }, 400, 'invalid_request'],
    [{ client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ client_id: 'unknown' }, 401, 'invalid_client'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ code_verifier: 'v'.repeat(43) }, 400, 'invalid_grant'],
  ])('%j is refused', async (wrong, status, error) => {
    const answer = await token({ code: await newCode(), ...wrong });
    expect([answer.status, answer.json.error]).toEqual([status, error]);
  });

  test('checks PKCE, and accepts client credentials in the header', async () => {
    const verifier = 'a-_.~'.repeat(10);
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const code = await newCode({ code_challenge, code_challenge_method: 'S256' });
    expect((await token({ code })).json.error).toBe('invalid_grant');
    const { clientId, clientSecret } = world.connection('google');
    const authorization = `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`)}`;
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    };
    expect((await world.post('/google/token', form, { authorization })).json.id_token).toBeTruthy();
    expect((await token({ code, code_verifier: verifier })).json.error).toBe('invalid_grant');
  });

  test('accepts only a form', async () => {
    const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect((await world.get('/google/token', {}, init)).json.error).toBe('invalid_request');
    expect((await world.get('/google/token')).status).toBe(405);
  });
});

describe('discovery and userinfo', () => {
  test('the issuer describes itself', async () => {
    const { issuer, ...endpoints } = world.connection('google').endpoints;
    const { json } = await world.get('/google/.well-known/openid-configuration');
    expect(json).toMatchObject({
      issuer,
      authorization_endpoint: endpoints.authorization,
      token_endpoint: endpoints.token,
      userinfo_endpoint: endpoints.userinfo,
      revocation_endpoint: endpoints.revocation,
      jwks_uri: endpoints.jwks,
    });
  });

  test('userinfo has the claims that the scopes allow', async () => {
    const { access_token } = (await token({ code: await newCode({ scope: 'openid email' }) })).json;
    const headers = { authorization: `Bearer ${access_token}` };
    const { json } = await world.get('/google/v1/userinfo', {}, { headers });
    expect(Object.keys(json)).toEqual(['sub', 'email', 'email_verified']);
  });

  test('a bad token is answered with a challenge', async () => {
    const answer = await world.get('/google/v1/userinfo', { access_token: 'ya29.unknown' });
    expect([answer.status, answer.json.error_description]).toEqual([401, 'Invalid Credentials']);
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
  });
});
