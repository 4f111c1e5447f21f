import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api.ts';
import { createWorld, type World } from '../support/world.ts';
import { createApiStage, ownToken, ownType, providerToken, providerType } from './on-behalf-stage.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

describe('an API that acts on behalf of its caller', () => {
  it('gets the provider’s token', async () => {
    const stage = await createApiStage(world);
    const { status, body } = await providerToken(world, stage);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        issued_token_type: providerType,
        token_type: 'Bearer',
        access_token: expect.stringMatching(/^ya29/),
      },
    });
  });

  it('gets a token of five minutes for /v1, which names both clients', async () => {
    const stage = await createApiStage(world);
    const { status, body } = await ownToken(world, stage);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { issued_token_type: ownType, token_type: 'Bearer', expires_in: 300, scope: 'idp:google' },
    });
    expect(body).not.toHaveProperty('refresh_token');
    const token = String(body.access_token);
    expect(decodeJwt(token)).toMatchObject({
      aud: `${world.issuer}/v1`,
      sub: stage.userId,
      client_id: stage.api.clientId,
      act: { sub: stage.api.clientId, act: { sub: stage.app.clientId } },
    });
    const listed = await callApi(world.issuer, '/v1/me/identities', token);
    expect(listed.body.identities).toMatchObject([{ connection: 'google' }]);
    const proxied = await callApi(world.issuer, '/v1/me/identities/google/proxy/v1/userinfo', token);
    expect(proxied).toMatchObject({ status: 200, body: { sub: expect.any(String) } });
    const taken = await callApi(world.issuer, '/v1/me/identities/google/token', token);
    expect(taken.status).toBe(200);
    expect((await callApi(world.issuer, '/v1/me', token)).status).toBe(403);
  });
});
