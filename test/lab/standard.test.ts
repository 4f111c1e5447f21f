import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { standardProfile } from '../../src/lab/engines/standard.ts';
import { type Fields, labWorld, redirectUri } from './lab-world.ts';

/** The provider rotates, and the old pair ends at once. */
const strict = standardProfile({
  name: 'strict',
  title: 'Strict',
  provider: 'strict',
  clientId: 'strict-client',
  subject: (person) => person.id,
  scopeSeparator: ',',
  rotation: 'reuse-kills-family',
  authorize: { path: '/authorize', challenge: 'required', knownScope: (scope) => scope !== 'nonsense' },
  token: { path: '/token', life: { access: 60, refresh: 600 }, clientAuth: ['basic'], oldAccessDies: true },
  answer: ({ scope, ...fields }) => ({ ...fields, scope: String(scope).replaceAll(' ', ',') }),
  userinfo: { path: '/me', scopes: ['me'], body: (person) => ({ data: { id: person.id } }) },
  revocation: { path: '/revoke' },
});

const world = labWorld({ profiles: [strict] });
const verifier = 'v'.repeat(43);
const base = {
  response_type: 'code',
  scope: 'me offline',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};

function post(path: string, form: Fields) {
  const { clientId, clientSecret } = world.connection('strict');
  return world.post(path, form, { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` });
}

async function signIn(): Promise<Fields> {
  const code = (await world.authorize('strict', base)).searchParams.get('code');
  const grant = { grant_type: 'authorization_code', code_verifier: verifier };
  return (await post('/strict/token', { ...grant, redirect_uri: redirectUri, code })).json;
}

const refresh = (refresh_token: string) =>
  post('/strict/token', { grant_type: 'refresh_token', refresh_token });

async function me({ access_token }: Fields): Promise<number> {
  const headers = { authorization: `Bearer ${access_token}` };
  return (await world.get('/strict/me', {}, { headers })).status;
}

describe('a profile declared as data', () => {
  test('signs in, and answers in its own shape', async () => {
    const tokens = await signIn();
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 60, scope: 'me,offline' });
    expect(await me(tokens)).toBe(200);
  });

  test('tells the client the fault of its request', async () => {
    const { code_challenge: _, ...bare } = base;
    for (const [query, error] of [
      [bare, 'invalid_request'],
      [{ ...base, response_type: 'token' }, 'unsupported_response_type'],
      [{ ...base, scope: 'nonsense' }, 'invalid_scope'],
    ] as const) {
      const { searchParams } = await world.authorize('strict', query);
      expect([searchParams.get('error'), searchParams.get('state')]).toEqual([error, 'st4te']);
    }
  });

  test('refuses client credentials where it does not take them', async () => {
    const { clientId: client_id, clientSecret: client_secret } = world.connection('strict');
    const form = { client_id, client_secret, grant_type: 'refresh_token', refresh_token: 'x' };
    expect((await world.post('/strict/token', form)).status).toBe(401);
    expect((await post('/strict/token', form)).json.error).toBe('invalid_request');
  });

  test('ignores the query of its token and revocation endpoints', async () => {
    const { access_token, refresh_token } = await signIn();
    const grant = { grant_type: 'refresh_token', refresh_token };
    expect((await post(`/strict/token?${new URLSearchParams(grant)}`, {})).json.error).toBe(
      'invalid_request',
    );
    expect((await post(`/strict/revoke?token=${access_token}`, {})).json.error).toBe('invalid_request');
    expect(await me({ access_token })).toBe(200);
  });

  test('accepts no scheme for a token but Bearer', async () => {
    const { access_token } = await signIn();
    const headers = { authorization: `token ${access_token}` };
    expect((await world.get('/strict/me', {}, { headers })).status).toBe(401);
  });

  test('a refresh ends the old pair, a replay the new one', async () => {
    const first = await signIn();
    const second = (await refresh(first.refresh_token)).json;
    expect([await me(first), await me(second)]).toEqual([401, 200]);
    expect((await refresh(first.refresh_token)).json.error).toBe('invalid_grant');
    expect(await me(second)).toBe(401);
  });

  test('the refresh token expires after its own lifetime', async () => {
    const { refresh_token } = await signIn();
    world.clock.forward(601);
    expect((await refresh(refresh_token)).json.error_description).toMatch(/expired/);
  });

  test('revokes the sign-in, and ignores unknown tokens', async () => {
    const tokens = await signIn();
    expect((await post('/strict/revoke', { token: 'unknown' })).status).toBe(200);
    expect((await post('/strict/revoke', { token: tokens.refresh_token })).status).toBe(200);
    expect(await me(tokens)).toBe(401);
  });

  test('a connection can be created from it', () => {
    expect(world.connection('strict').endpoints).toEqual({
      authorization: world.url('/strict/authorize'),
      token: world.url('/strict/token'),
      userinfo: world.url('/strict/me'),
      revocation: world.url('/strict/revoke'),
      api: world.url('/strict'),
    });
  });
});
