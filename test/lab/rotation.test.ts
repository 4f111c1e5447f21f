import { expect, test } from 'vitest';
import { type Fields, labWorld, redirectUri } from './lab-world.ts';

const world = labWorld();
const offline = { response_type: 'code', scope: 'openid', access_type: 'offline', prompt: 'consent' };

function token(fields: Fields) {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('google');
  return world.post('/google/token', { client_id, client_secret, redirect_uri: redirectUri, ...fields });
}

async function signIn(): Promise<Fields> {
  const code = (await world.authorize('google', offline)).searchParams.get('code');
  return (await token({ grant_type: 'authorization_code', code })).json;
}

const refresh = (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token });

test('single-use: each refresh token works once, and its successor works', async () => {
  await world.control('google/mode', { rotation: 'single-use' });
  const first = await signIn();
  const second = (await refresh(first.refresh_token)).json;
  expect(second.refresh_token).not.toBe(first.refresh_token);
  expect((await refresh(first.refresh_token)).json.error).toBe('invalid_grant');
  expect((await refresh(second.refresh_token)).status).toBe(200);
});

test('reuse-kills-family: a replay ends every token of the same sign-in', async () => {
  await world.control('google/mode', { rotation: 'reuse-kills-family' });
  const [first, bystander] = [await signIn(), await signIn()];
  const second = (await refresh(first.refresh_token)).json;
  expect((await refresh(first.refresh_token)).json.error).toBe('invalid_grant');
  expect((await refresh(second.refresh_token)).json.error).toBe('invalid_grant');
  const { status } = await world.get('/google/v1/userinfo', { access_token: second.access_token });
  expect(status).toBe(401);
  expect((await refresh(bystander.refresh_token)).status).toBe(200);
});

test('of many refreshes at once, one succeeds', async () => {
  await world.control('google/mode', { rotation: 'single-use' });
  const { refresh_token } = await signIn();
  const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(refresh_token)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});
