import { decodeJwt } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { createApiStage, ownToken } from '../retrieval/on-behalf-stage.ts';
import { createDpopKey, proof } from '../support/dpop.ts';
import { createWorld, type World } from '../support/world.ts';
import { handleOf } from './doors.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

it('a bound token that an API received needs no proof of its caller, and what the API gets is bound to its own key', async () => {
  const stage = await createApiStage(world);
  const [caller, own] = await Promise.all([createDpopKey(), createDpopKey()]);
  const asked = {
    connection: 'google',
    user: stage.user,
    scope: 'openid notes:read idp:google',
    parameters: { resource: stage.api.identifier },
  };
  const { access_token: token } = await stage.app.signIn({
    ...asked,
    dpop: await handleOf(stage.app, caller),
  });
  expect(decodeJwt(token).cnf).toEqual({ jkt: caller.jkt });
  const plain = await ownToken(world, { ...stage, token });
  expect(plain.body).toMatchObject({ token_type: 'Bearer' });
  const url = `${world.issuer}/oauth/token`;
  const dpop = await proof(own, { method: 'POST', url });
  const bound = await ownToken(world, { ...stage, token }, {}, { dpop });
  expect(bound.body).toMatchObject({ token_type: 'DPoP' });
  expect(decodeJwt(String(bound.body.access_token)).cnf).toEqual({ jkt: own.jkt });
});
