import { spawn } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ApiStage, createApiStage, signInFor } from '../retrieval/on-behalf-stage.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

// The Python package against a running broker. `npm run prove:python` installs it, and names the folder.

const folder = process.env.PYTHON_CLIENT;

describe.skipIf(!folder)('the Python package', () => {
  let world: World;
  let stage: ApiStage;

  beforeAll(async () => {
    world = await createWorld();
    stage = await createApiStage(world);
  });

  it('retrieves tokens, calls the proxy, verifies tokens and acts on behalf of callers', async () => {
    const app = await createApp(world, { connections: ['google'] });
    const proxy = [{ methods: ['GET' as const], path: '/v1/userinfo' }];
    await world.broker.issuance.apps.update(app.clientId, { connections: [{ connection: 'google', proxy }] });
    const { access_token } = await app.signIn({ connection: 'google', user: 'visitor-80' });
    const bare = await signInFor(stage.app, stage.api, { user: 'visitor-81', scope: 'openid notes:read' });
    const seen = await python({
      issuer: world.issuer,
      app_token: access_token,
      caller_token: stage.token,
      bare_token: bare.token,
      identifier: stage.api.identifier,
      api_id: stage.api.clientId,
      api_secret: stage.api.clientSecret,
    });
    expect(seen).toEqual({
      app: { provider: 200, proxied: true, fresh: true },
      api: {
        subject: stage.userId,
        client_id: stage.app.clientId,
        scopes: ['idp:google'],
        token: 'google',
        proxied: 200,
        connect_url: expect.stringContaining(world.issuer),
      },
      together: 1,
    });
  });
});

async function python(given: Record<string, string>): Promise<unknown> {
  const child = spawn('python3', ['clients/python/tests/live.py'], {
    env: { ...process.env, PYTHONPATH: folder },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(given));
  let said = '';
  for await (const chunk of child.stdout) said += String(chunk);
  return JSON.parse(said);
}
