import { describe, expect, test } from 'vitest';
import { type Fields, labWorld, redirectUri } from './lab-world.ts';

const world = labWorld();
const calendar = 'https://www.googleapis.com/auth/calendar.readonly';
const offline = { response_type: 'code', scope: 'openid email', access_type: 'offline' };

function token(fields: Fields) {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('google');
  return world.post('/google/token', { client_id, client_secret, ...fields });
}

async function signIn(user: string, query: Fields = {}): Promise<Fields> {
  const code = (await world.authorize('google', { ...offline, ...query }, user)).searchParams.get('code');
  return (await token({ grant_type: 'authorization_code', redirect_uri: redirectUri, code })).json;
}

function refresh(refresh_token: string, more: Fields = {}) {
  return token({ grant_type: 'refresh_token', refresh_token, ...more });
}

describe('refresh tokens', () => {
  test('are issued at the first consent, with new scopes, or if consent is forced', async () => {
    expect((await signIn('lin', { access_type: 'online' })).refresh_token).toBeUndefined();
    expect((await signIn('lin')).refresh_token).toMatch(/^1\/\/0/);
    expect((await signIn('lin')).refresh_token).toBeUndefined();
    expect((await signIn('lin', { prompt: 'consent' })).refresh_token).toBeTruthy();
    expect((await signIn('lin', { scope: `openid ${calendar}` })).refresh_token).toBeTruthy();
  });

  test('stay the same and are not repeated', async () => {
    const first = await signIn('ada');
    const second = await refresh(first.refresh_token);
    expect(second.json.access_token).not.toBe(first.access_token);
    expect(second.json).not.toHaveProperty('refresh_token');
    expect(second.json).toMatchObject({ expires_in: 3599, scope: first.scope, id_token: expect.any(String) });
    expect((await refresh(first.refresh_token)).status).toBe(200);
  });

  test('the hundred and first drops the oldest silently', async () => {
    const first = await signIn('sam');
    for (let more = 0; more < 99; more += 1) await signIn('sam', { prompt: 'consent' });
    expect((await refresh(first.refresh_token)).status).toBe(200);
    await signIn('sam', { prompt: 'consent' });
    expect((await refresh(first.refresh_token)).json.error).toBe('invalid_grant');
  });

  test('are refused when unknown, widened, or sent by another client', async () => {
    const { refresh_token } = await signIn('mallory');
    expect((await refresh('1//0unknown')).json.error).toBe('invalid_grant');
    expect((await refresh(refresh_token, { scope: calendar })).json.error).toBe('invalid_scope');
    expect((await refresh(refresh_token, { client_secret: 'wrong' })).status).toBe(401);
  });
});

describe('scopes', () => {
  test('include_granted_scopes adds those granted before', async () => {
    await signIn('lin', { scope: `openid ${calendar}` });
    expect((await signIn('lin')).scope).not.toContain(calendar);
    expect((await signIn('lin', { include_granted_scopes: 'true' })).scope).toContain(calendar);
  });

  test('an API requires its own scope', async () => {
    const path = '/google/calendar/v3/users/me/calendarList';
    const bearer = ({ access_token }: Fields) => ({ headers: { authorization: `Bearer ${access_token}` } });
    const without = await world.get(path, {}, bearer(await signIn('lin')));
    expect([without.status, without.json.error.status]).toEqual([403, 'PERMISSION_DENIED']);
    const allowed = await world.get(path, {}, bearer(await signIn('lin', { scope: calendar })));
    expect(allowed.json.items[0]).toMatchObject({ id: 'lin@example.com', primary: true });
    expect((await world.get(path)).json.error.status).toBe('UNAUTHENTICATED');
  });
});

describe('revocation and expiry', () => {
  test('revoking any token ends the whole grant', async () => {
    const first = await signIn('ada', { prompt: 'consent' });
    const second = await signIn('ada');
    expect((await world.post('/google/revoke', { token: second.access_token })).json).toEqual({});
    expect((await refresh(first.refresh_token)).json).toEqual({
      error: 'invalid_grant',
      error_description: 'Token has been expired or revoked.',
    });
    const again = await world.post('/google/revoke', { token: second.access_token });
    expect([again.status, again.json.error]).toEqual([400, 'invalid_token']);
    expect((await signIn('ada')).refresh_token).toBeTruthy();
  });

  test('an access token expires after an hour', async () => {
    const { access_token } = await signIn('lin');
    expect((await world.get('/google/tokeninfo', { access_token })).json.expires_in).toBe('3599');
    world.clock.forward(3600);
    expect((await world.get('/google/v1/userinfo', { access_token })).status).toBe(401);
    expect((await world.get('/google/tokeninfo', { access_token })).json.error).toBe('invalid_token');
  });
});
