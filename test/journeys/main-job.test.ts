import { createRemoteJWKSet, jwtVerify } from 'jose';
import { fetchUserInfo } from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi, type ProviderToken } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
});

const providers = [
  { connection: 'wechat', provider: 'wechat-web', path: '/sns/userinfo', subjectIn: 'openid' },
  { connection: 'facebook', provider: 'facebook', path: '/me?fields=id,name', subjectIn: 'id' },
  { connection: 'google', provider: 'google', path: '/v1/userinfo', subjectIn: 'sub' },
  { connection: 'github', provider: 'github', path: '/user', subjectIn: 'id' },
];

/** Calls the provider's API with the token in the place that the broker's answer states. */
async function callProvider(
  { access_token, parameters, usage }: ProviderToken,
  path: string,
): Promise<Record<string, unknown>> {
  const url = new URL(usage.api_base + path);
  const headers: Record<string, string> = { 'user-agent': 'test app' };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (usage.transport === 'query') url.searchParams.set(usage.name, access_token);
  else headers[usage.name] = `Bearer ${access_token}`;
  return (await (await fetch(url, { headers })).json()) as Record<string, unknown>;
}

describe.each(providers)(
  'a person signs in with $connection',
  ({ connection, provider, path, subjectIn }) => {
    it('and the app calls the provider’s API with the stored token', async () => {
      const tokens = await app.signIn({ connection, user: 'lin' });

      const jwks = createRemoteJWKSet(new URL(`${world.issuer}/.well-known/jwks.json`));
      const audience = `${world.issuer}/v1`;
      const { payload } = await jwtVerify(tokens.access_token, jwks, {
        issuer: world.issuer,
        audience,
        typ: 'at+jwt',
      });
      expect(payload).toMatchObject({
        sub: expect.stringMatching(/^usr_/),
        client_id: app.clientId,
        aud: [audience, `${world.issuer}/userinfo`],
        jti: expect.any(String),
      });
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
      expect(String(payload.scope).split(' ')).toContain(`idp:${connection}`);
      const claims = tokens.claims();
      expect(await fetchUserInfo(app.configuration, tokens.access_token, claims?.sub ?? '')).toMatchObject({
        sub: payload.sub,
      });

      const { status, body } = await callApi(
        world.issuer,
        `/v1/me/identities/${connection}/token`,
        tokens.access_token,
      );
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { token_type: 'Bearer', identity: { connection, provider } },
      });
      expect(body).not.toHaveProperty('refresh_token');
      const token = body as unknown as ProviderToken;
      const profile = await callProvider(token, path);
      expect(String(profile[subjectIn])).toBe(token.identity.subject);

      const me = await callApi(world.issuer, '/v1/me', tokens.access_token);
      expect(me.body).toMatchObject({
        id: payload.sub,
        identities: [{ connection, token: { state: expect.any(String) } }],
      });
    });
  },
);

describe('WeChat', () => {
  it('is called as WeChat documents, and its ids reach the app', async () => {
    await world.control('POST', 'wechat/reset');
    const page = await fetch((await app.start({ connection: 'wechat', scope: 'openid' })).url, {
      redirect: 'manual',
    });
    const interaction = await fetch(new URL(page.headers.get('location') ?? '', world.issuer), {
      headers: {
        cookie: page.headers
          .getSetCookie()
          .map((cookie) => cookie.split(';')[0])
          .join('; '),
      },
      redirect: 'manual',
    });
    const authorize = new URL(interaction.headers.get('location') ?? '');
    expect([...authorize.searchParams.keys()]).toEqual([
      'appid',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
      'lang',
    ]);
    expect(authorize.hash).toBe('#wechat_redirect');
    expect(authorize.searchParams.get('state')).toMatch(/^[A-Za-z0-9]{1,128}$/);

    const tokens = await app.signIn({ connection: 'wechat', user: 'ada' });
    const log = (await world.control('GET', 'wechat/log')) as {
      kind: string;
      method: string;
      params: string[];
    }[];
    const call = log.find(({ kind }) => kind === 'token');
    expect(call).toMatchObject({ method: 'GET', params: ['appid', 'secret', 'code', 'grant_type'] });
    const { body } = await callApi(world.issuer, '/v1/me/identities/wechat/token', tokens.access_token);
    expect(body).toMatchObject({
      parameters: { openid: expect.any(String), unionid: expect.any(String) },
      usage: { transport: 'query', name: 'access_token' },
    });
  });
});

describe('Google', () => {
  it('sends no refresh token at the second sign-in, and the stored one still works', async () => {
    await app.signIn({ connection: 'google', user: 'ada' });
    const tokens = await app.signIn({ connection: 'google', user: 'ada' });
    const force = await callApi(
      world.issuer,
      '/v1/me/identities/google/token?force=true',
      tokens.access_token,
    );
    expect(force.status).toBe(200);
    const { body } = await callApi(world.issuer, '/v1/me/identities', tokens.access_token);
    expect(body).toMatchObject({
      identities: [{ token: { refreshable: true, last_refreshed_at: expect.any(String) } }],
    });
  });
});

describe('an expired token', () => {
  it('is refreshed exactly once for 50 parallel retrievals on two brokers with one database', async () => {
    const tokens = await app.signIn({ connection: 'wechat', user: 'visitor-50' });
    const { url } = await world.another();
    await world.database.pool.query(`UPDATE vault_entry SET access_expires_at = now() - interval '1 minute'`);
    const counted = async () =>
      ((await world.control('GET', 'wechat')) as { counters: { refresh: number } }).counters.refresh;
    const before = await counted();
    const calls = Array.from({ length: 50 }, (_, index) =>
      callApi(index % 2 ? url : world.issuer, '/v1/me/identities/wechat/token', tokens.access_token),
    );
    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(new Set(answers.map(({ body }) => body.access_token)).size).toBe(1);
    expect(await counted()).toBe(before + 1);
  });
});
