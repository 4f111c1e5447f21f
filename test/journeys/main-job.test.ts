import { createRemoteJWKSet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
});

async function api(path: string, token: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${world.issuer}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const providers = [
  { connection: 'wechat', provider: 'wechat-web' },
  { connection: 'facebook', provider: 'facebook' },
  { connection: 'google', provider: 'google' },
  { connection: 'github', provider: 'github' },
];

describe.each(providers)('a person signs in with $connection', ({ connection, provider }) => {
  it('and the app calls the provider’s API with the token the broker keeps', async () => {
    const tokens = await app.signIn({ connection, user: 'lin' });

    const jwks = createRemoteJWKSet(new URL(`${world.issuer}/.well-known/jwks.json`));
    const audience = `${world.issuer}/v1`;
    const { payload, protectedHeader } = await jwtVerify(tokens.access_token, jwks, {
      issuer: world.issuer,
      audience,
      typ: 'at+jwt',
    });
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload).toMatchObject({ client_id: app.clientId, aud: [audience, `${world.issuer}/userinfo`] });
    expect(String(payload.scope).split(' ')).toContain(`idp:${connection}`);

    const { status, body } = await api(`/v1/me/identities/${connection}/token`, tokens.access_token);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { token_type: 'Bearer', identity: { connection, provider } },
    });
    expect(body).not.toHaveProperty('refresh_token');
  });
});
