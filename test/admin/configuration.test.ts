import { beforeAll, expect, it } from 'vitest';
import { providers } from '../../src/connectors/registry.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

it('the configuration is read as one document, in order and without secrets', async () => {
  const made = await call('POST', '/apps', { name: 'Notes', type: 'service' });
  const secret = String(made.body.client_secret);
  world.remember(secret);
  const answer = await call('GET', '/configuration');
  expect(answer.status).toBe(200);
  expect(Object.keys(answer.body)).toEqual([
    'symbolon',
    'branding',
    'app_admission',
    'apis',
    'connections',
    'order',
    'apps',
    'webhooks',
  ]);
  expect(answer.text).not.toContain(secret);
  expect(answer.body.apps).toContainEqual({
    client_id: made.body.client_id,
    name: 'Notes',
    type: 'service',
    client_secret: { env: expect.stringMatching(/^APP_APP_\w+_CLIENT_SECRET$/) },
  });
  const aliases = (answer.body.connections as { alias: string }[]).map(({ alias }) => alias);
  expect(aliases).toEqual(aliases.toSorted());
  expect(aliases).toContain('google');
  // The broker's own registrations are written by each start.
  expect(answer.text).not.toContain('app_account');
  expect(answer.text).not.toContain('/admin/v1');
});

it('each provider is described: scopes in words, options, and the notes about it', async () => {
  const items = itemsOf(await call('GET', '/providers'));
  expect(items.map(({ provider }) => provider)).toEqual(providers.toSorted());
  expect(items.find(({ provider }) => provider === 'github')).toMatchObject({
    title: { en: 'GitHub' },
    protocol: 'oauth2',
    scopes: expect.arrayContaining([
      { name: 'read:user', usual: true, words: { en: expect.any(String), zh: expect.any(String) } },
    ]),
    ends_grants: true,
    notes: 'docs/providers/github.md',
  });
  const options = items.flatMap((item) => item.options as { name: string; secret: boolean }[]);
  expect(options.some(({ secret }) => secret)).toBe(true);
});
