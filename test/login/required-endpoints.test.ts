import { expect, test } from 'vitest';
import { newConnection } from '../../src/login/connection-input.ts';
import { createVaultWorld } from '../support/vault-world.ts';

const world = await createVaultWorld();
const at = (path: string) => `https://login.example${path}`;
const endpoints = {
  issuer: at(''),
  authorization: at('/authorize'),
  token: at('/token'),
  jwks: at('/jwks'),
  api: at(''),
};
const input = (given: Partial<typeof endpoints>) =>
  newConnection.parse({
    alias: 'work',
    provider: 'openid-connect',
    client_id: 'us',
    client_secret: 'a secret',
    endpoints: given,
  });

test('a connection at a provider without endpoints of its own must state them, and keep them', async () => {
  const { connections } = world;
  const { issuer: _, ...incomplete } = endpoints;
  await expect(connections.create(input({}))).rejects.toThrow('issuer, authorization, token, jwks, api');
  await expect(connections.create(input(incomplete))).rejects.toMatchObject({ status: 422 });
  expect(await connections.findNow('work')).toBeUndefined();

  const { registration } = await connections.create(input(endpoints));
  expect(registration).toMatchObject({ issuer: at(''), endpoints: { token: at('/token') } });
  const poorer = connections.change('work', { endpoints: incomplete, client_secret: 'a secret' });
  await expect(poorer).rejects.toThrow('needs endpoints: issuer');
});
