import { expect, it } from 'vitest';
import { createApp } from '../support/app.ts';
import { createWorld } from '../support/world.ts';

it('a person with the role administers with the broker’s access token, but not with a token for another API', async () => {
  const world = await createWorld();
  const app = await createApp(world, { firstParty: true });
  const audience = `${world.issuer}/admin/v1`;
  await world.broker.issuance.apps.update(app.clientId, { apis: [audience] });
  const ask = async (scope: string, parameters: Record<string, string>) => {
    const tokens = await app.signIn({ connection: 'google', user: 'ada', scope, parameters });
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const { status } = await fetch(`${audience}/users`, { headers });
    return { status, userId: tokens.claims()?.sub ?? '' };
  };
  const { status, userId } = await ask('openid admin', { audience });
  expect(status).toBe(403);
  await world.broker.identities.setRoles(userId, ['admin']);
  expect((await ask('openid admin', { audience })).status).toBe(200);
  expect((await ask('openid', { audience })).status).toBe(403);
  expect((await ask('openid profile', {})).status).toBe(401);
});
