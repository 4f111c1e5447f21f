import { describe, expect, test } from 'vitest';
import { type Answer, call, type Fields, labWorld } from './lab-world.ts';

const world = labWorld();

async function signIn(scope: string, user = 'lin'): Promise<string> {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('github');
  const code = (await world.authorize('github', { scope }, user)).searchParams.get('code');
  const accept = { accept: 'application/json' };
  const form = { client_id, client_secret, code };
  return (await world.post('/github/login/oauth/access_token', form, accept)).json.access_token;
}

function api(path: string, token: string, headers: Record<string, string> = {}): Promise<Answer> {
  return world.get(`/github${path}`, {}, { headers: { authorization: `Bearer ${token}`, ...headers } });
}

function applications(method: string, what: string, body: Fields, secret?: string): Promise<Answer> {
  const { clientId, clientSecret } = world.connection('github');
  const authorization = `Basic ${Buffer.from(`${clientId}:${secret ?? clientSecret}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const target = world.url(`/github/applications/${clientId}/${what}`);
  return call(target, { method, headers, body: JSON.stringify(body) });
}

describe('API', () => {
  test('the profile has a numeric id and a public address that may be null', async () => {
    const { json, headers } = await api('/user', await signIn('read:user'));
    expect(json).toMatchObject({ login: 'lin-xiaoyu', id: expect.any(Number), name: '林小雨', email: null });
    expect(headers.get('x-oauth-scopes')).toBe('read:user');
  });

  test('addresses require their scope and state primary and verified', async () => {
    expect((await api('/user/emails', await signIn('read:user'))).status).toBe(404);
    const { json } = await api('/user/emails', await signIn('user:email', 'mallory'));
    expect(json).toContainEqual({
      email: 'Lin@Example.com',
      primary: true,
      verified: false,
      visibility: 'private',
    });
  });

  test('refuses calls without user agent, token, or with a bad one', async () => {
    const token = await signIn('');
    const silent = await api('/user', token, { 'user-agent': '' });
    expect([silent.status, silent.headers.get('content-type')]).toEqual([403, 'text/plain; charset=utf-8']);
    expect((await api('/user', 'gho_unknown')).json.message).toBe('Bad credentials');
    expect((await world.get('/github/user', { access_token: token })).json.message).toBe(
      'Requires authentication',
    );
  });

  test('a token does not expire, but the eleventh drops the first', async () => {
    const first = await signIn('read:org', 'sam');
    world.clock.forward(300 * 86_400);
    for (let more = 0; more < 9; more += 1) await signIn('read:org', 'sam');
    const otherScopes = await signIn('gist', 'sam');
    expect((await api('/user', first)).status).toBe(200);
    await signIn('read:org', 'sam');
    expect((await api('/user', first)).status).toBe(401);
    expect((await api('/user', otherScopes)).status).toBe(200);
  });
});

describe('applications', () => {
  test('checks and deletes one token', async () => {
    const [one, two] = [await signIn('', 'ada'), await signIn('', 'ada')];
    expect((await applications('POST', 'token', { access_token: one })).json.user.login).toBe('ada-okafor');
    expect((await applications('DELETE', 'token', { access_token: one })).status).toBe(204);
    expect((await api('/user', one)).status).toBe(401);
    expect((await api('/user', two)).status).toBe(200);
    expect((await applications('POST', 'token', { access_token: one })).status).toBe(404);
  });

  test('deletes the whole grant', async () => {
    const [one, two] = [await signIn('', 'ada'), await signIn('', 'ada')];
    expect((await applications('DELETE', 'grant', { access_token: two })).status).toBe(204);
    expect((await api('/user', one)).status).toBe(401);
  });

  test('requires the right secret and a token', async () => {
    const access_token = await signIn('');
    expect((await applications('DELETE', 'grant', { access_token }, 'wrong')).status).toBe(404);
    expect((await applications('DELETE', 'grant', {})).status).toBe(422);
  });
});
