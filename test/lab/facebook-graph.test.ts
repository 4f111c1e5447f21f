import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Answer, call, type Fields, labWorld, redirectUri } from './lab-world.ts';

const world = labWorld();

async function signIn(user = 'lin', query: Fields = { scope: 'email' }): Promise<string> {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('facebook');
  const code = (await world.authorize('facebook', query, user)).searchParams.get('code');
  const fields = { client_id, client_secret, redirect_uri: redirectUri, code };
  return (await world.get('/facebook/v24.0/oauth/access_token', fields)).json.access_token;
}

function appToken(): string {
  const { clientId, clientSecret } = world.connection('facebook');
  return `${clientId}|${clientSecret}`;
}

function remove(path: string, access_token: string): Promise<Answer> {
  return call(world.url(`/facebook/v24.0${path}?${new URLSearchParams({ access_token })}`), {
    method: 'DELETE',
  });
}

describe('/me', () => {
  test('answers id and name unless fields are named', async () => {
    const access_token = await signIn();
    const short = (await world.get('/facebook/me', { access_token })).json;
    expect(short).toEqual({ id: expect.stringMatching(/^10\d{15}$/), name: '林小雨' });
    const fields = 'id,email,first_name,picture.type(large)';
    const long = (await world.get('/facebook/v24.0/me', { access_token, fields })).json;
    expect(long).toMatchObject({
      id: short.id,
      email: 'lin@example.com',
      picture: { data: { is_silhouette: false } },
    });
  });

  test('no address without the permission, nor if there is none', async () => {
    const fields = 'id,email';
    for (const access_token of [await signIn('ada', {}), await signIn('sam')]) {
      const { json } = await world.get('/facebook/v24.0/me', { access_token, fields });
      expect(Object.keys(json)).toEqual(['id']);
    }
  });

  test('checks appsecret_proof whenever it is sent', async () => {
    const access_token = await signIn();
    const secret = world.connection('facebook').clientSecret;
    const appsecret_proof = createHmac('sha256', secret).update(access_token).digest('hex');
    expect((await world.get('/facebook/me', { access_token, appsecret_proof })).status).toBe(200);
    const wrong = await world.get('/facebook/me', { access_token, appsecret_proof: 'ff' });
    expect(wrong.json.error).toMatchObject({ type: 'GraphMethodException', code: 100 });
  });

  test.each([
    [{}, 2500, undefined],
    [{ access_token: 'EAAunknown' }, 190, undefined],
  ])('%j is refused', async (query, code, error_subcode) => {
    const { status, json } = await world.get('/facebook/v24.0/me', query);
    expect([status, json.error.code, json.error.error_subcode]).toEqual([400, code, error_subcode]);
  });

  test('unknown fields are refused by name', async () => {
    const { json } = await world.get('/facebook/me', {
      access_token: await signIn(),
      fields: 'id,shoe_size',
    });
    expect(json.error.message).toContain('(shoe_size)');
  });
});

describe('debug_token', () => {
  test('tells about the app’s own tokens', async () => {
    const input_token = await signIn();
    const { json } = await world.get('/facebook/v24.0/debug_token', {
      input_token,
      access_token: appToken(),
    });
    expect(json.data).toMatchObject({
      app_id: world.connection('facebook').clientId,
      is_valid: true,
      scopes: ['public_profile', 'email'],
      user_id: expect.stringMatching(/^10/),
    });
    expect(json.data.data_access_expires_at - json.data.issued_at).toBe(90 * 86_400);
  });

  test('anything else is not valid', async () => {
    const query = { input_token: 'EAAother', access_token: appToken() };
    expect((await world.get('/facebook/debug_token', query)).json.data).toMatchObject({ is_valid: false });
  });
});

describe('permissions', () => {
  test('removing all of them ends the token with subcode 458', async () => {
    const token = await signIn('mallory');
    expect((await remove('/me/permissions', token)).json).toEqual({ success: true });
    const { json } = await world.get('/facebook/me', { access_token: token });
    expect(json.error).toMatchObject({ code: 190, error_subcode: 458 });
  });

  test('the app may do it by the person’s id', async () => {
    const token = await signIn('mallory');
    const { id } = (await world.get('/facebook/me', { access_token: token })).json;
    expect((await remove('/123/permissions', appToken())).status).toBe(400);
    expect((await remove(`/${id}/permissions`, appToken())).json).toEqual({ success: true });
    expect((await world.get('/facebook/me', { access_token: token })).status).toBe(400);
  });

  test('a declined permission is not requested again without a rerequest', async () => {
    const token = await signIn('mallory');
    await remove('/me/permissions/email', token);
    const again = await signIn('mallory');
    const list = await world.get('/facebook/v24.0/me/permissions', { access_token: again });
    expect(list.json.data).toContainEqual({ permission: 'email', status: 'declined' });
    const asked = await signIn('mallory', { scope: 'email', auth_type: 'rerequest' });
    const { json } = await world.get('/facebook/me', { access_token: asked, fields: 'email' });
    expect(json.email).toBe('Lin@Example.com');
  });
});
