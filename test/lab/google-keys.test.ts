import { describe, expect, test } from 'vitest';
import { type Fields, labWorld, redirectUri } from './lab-world.ts';

const world = labWorld();

async function signIn(): Promise<Fields> {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('google');
  const url = await world.authorize('google', { response_type: 'code', scope: 'openid' });
  const grant = {
    grant_type: 'authorization_code',
    code: url.searchParams.get('code'),
    redirect_uri: redirectUri,
  };
  return (await world.post('/google/token', { client_id, client_secret, ...grant })).json;
}

const kidOf = ({ id_token }: Fields): string =>
  JSON.parse(Buffer.from(id_token.split('.')[0], 'base64url').toString()).kid;

async function published(): Promise<string[]> {
  const { keys } = (await world.get('/google/oauth2/v3/certs')).json;
  return keys.map(({ kid }: { kid: string }) => kid);
}

describe('signing keys', () => {
  test('rotate, keeping or dropping the old ones', async () => {
    const first = kidOf(await signIn());
    await world.control('google/keys', {});
    const second = kidOf(await signIn());
    expect(await published()).toEqual([second, first]);
    await world.control('google/keys', { drop: true });
    const third = kidOf(await signIn());
    expect(await published()).toEqual([third]);
  });

  test('publish no private part', async () => {
    const { keys } = (await world.get('/google/oauth2/v3/certs')).json;
    expect(Object.keys(keys[0]).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  test.each([
    ['jwks', '/google/oauth2/v3/certs'],
    ['discovery', '/google/.well-known/openid-configuration'],
  ])('%s can be unavailable', async (on, path) => {
    await world.control('google/faults', { on, fault: '503' });
    expect((await world.get(path)).status).toBe(503);
    expect((await world.get(path)).status).toBe(200);
  });
});

test('userinfo may be about another person', async () => {
  const { access_token } = await signIn();
  const sub = async () => (await world.get('/google/v1/userinfo', { access_token })).json.sub;
  await world.control('google/faults', { on: 'profile', fault: 'userinfo_other_sub' });
  expect(await sub()).not.toBe(await sub());
});
