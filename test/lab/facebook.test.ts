import { describe, expect, test } from 'vitest';
import { type Fields, labWorld, redirectUri } from './lab-world.ts';

const world = labWorld();

async function newCode(query: Fields = {}, user = 'lin'): Promise<string> {
  return (
    (await world.authorize('facebook', { scope: 'email', ...query }, user)).searchParams.get('code') ?? ''
  );
}

function token(fields: Fields, path = '/facebook/v24.0/oauth/access_token') {
  const { clientId: client_id, clientSecret: client_secret } = world.connection('facebook');
  return world.get(path, { client_id, client_secret, redirect_uri: redirectUri, ...fields });
}

async function signIn(): Promise<Fields> {
  return (await token({ code: await newCode() })).json;
}

describe('authorize', () => {
  test('appends a fragment to the callback', async () => {
    const url = await world.authorize('facebook', { scope: 'public_profile email' });
    expect([url.hash, url.searchParams.get('state')]).toEqual(['#_=_', 'st4te']);
  });

  test('a refusal has a code and a reason', async () => {
    const url = await world.authorize('facebook', { lab_auto: 'deny' });
    expect(Object.fromEntries(url.searchParams)).toEqual({
      error: 'access_denied',
      error_code: '200',
      error_description: 'Permissions error',
      error_reason: 'user_denied',
      state: 'st4te',
    });
  });

  test.each([
    [{ redirect_uri: 'http://evil.example/' }],
    [{ client_id: '1' }],
    [{ scope: 'nonsense' }],
    [{ code_challenge: 'short', code_challenge_method: 'S256' }],
  ])('%j never redirects', async (wrong) => {
    expect((await world.authorize('facebook', wrong)).href).toBe('about:200');
  });

  test('ended versions are refused', async () => {
    const answer = await token({ code: await newCode() }, '/facebook/v9.0/oauth/access_token');
    expect(answer.json.error).toMatchObject({ code: 2500, message: expect.stringMatching(/Unknown path/) });
  });
});

describe('code exchange', () => {
  test('by GET and POST, at any current version or none', async () => {
    const { clientId: client_id, clientSecret: client_secret } = world.connection('facebook');
    const form = { client_id, client_secret, redirect_uri: redirectUri, code: await newCode() };
    for (const answer of [
      await token({ code: await newCode() }),
      await token({ code: await newCode() }, '/facebook/oauth/access_token'),
      await world.post('/facebook/v19.0/oauth/access_token', form),
    ]) {
      expect(answer.json).toEqual({
        access_token: expect.stringMatching(/^EAA\w{170}ZD$/),
        token_type: 'bearer',
        expires_in: 5400,
      });
    }
  });

  test('a code works once', async () => {
    const code = await newCode();
    await token({ code });
    const { status, json } = await token({ code });
    expect(status).toBe(400);
    expect(json.error).toEqual({
      message: 'This authorization code has been used.',
      type: 'OAuthException',
      code: 100,
      error_subcode: 36009,
      fbtrace_id: expect.any(String),
    });
  });

  test.each([
    [{ redirect_uri: `${redirectUri}x` }, 100, 36008],
    [{ redirect_uri: '' }, 191, undefined],
    [{ client_secret: 'wrong' }, 1, undefined],
    [{ client_secret: '' }, 1, undefined],
    [{ client_id: '1' }, 101, undefined],
    [{ code: 'unknown' }, 100, undefined],
    [{ grant_type: 'refresh_token' }, 1, undefined],
  ])('%j is a Graph error', async (wrong, code, error_subcode) => {
    const { status, json } = await token({ code: await newCode(), ...wrong });
    expect([status, json.error.code, json.error.error_subcode]).toEqual([400, code, error_subcode]);
  });
});

describe('fb_exchange_token', () => {
  const extend = (value: string) => token({ grant_type: 'fb_exchange_token', fb_exchange_token: value });

  test('a valid token is exchanged for sixty days, once a day', async () => {
    const short = await signIn();
    const long = (await extend(short.access_token)).json;
    expect(long.expires_in).toBe(5_184_000);
    expect(long.access_token).not.toBe(short.access_token);
    world.clock.forward(3600);
    expect((await extend(long.access_token)).json).toEqual({ ...long, expires_in: 5_184_000 - 3600 });
    world.clock.forward(86_400);
    expect((await extend(long.access_token)).json.access_token).not.toBe(long.access_token);
  });

  test('an expired one is refused', async () => {
    const short = await signIn();
    world.clock.forward(5401);
    const { json } = await extend(short.access_token);
    expect(json.error).toMatchObject({
      code: 190,
      error_subcode: 463,
      message: expect.stringMatching(/has expired on .* 20\d\d/),
    });
  });
});
