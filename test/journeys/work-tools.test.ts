import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

interface Tool {
  readonly connection: string;
  /** A call of the provider's API, as an app makes it. */
  readonly path: string;
  readonly init?: RequestInit;
  /** What becomes of the token when the person took the grant back; `rejected` where absent. */
  readonly reason?: string;
  readonly refreshes?: false;
}

const json = { 'content-type': 'application/json' };
const viewer = { method: 'POST', headers: json, body: '{"query":"{ viewer { id } }"}' };

const tools: readonly Tool[] = [
  { connection: 'amazon', path: '/user/profile' },
  { connection: 'asana', path: '/api/1.0/users/me' },
  { connection: 'atlassian', path: '/oauth/token/accessible-resources' },
  { connection: 'box', path: '/2.0/users/me' },
  { connection: 'coinbase', path: '/user' },
  { connection: 'dropbox', path: '/users/get_current_account', init: { method: 'POST' } },
  { connection: 'figma', path: '/me' },
  { connection: 'hubspot', path: '/oauth/v1/access-tokens/{token}' },
  { connection: 'linear', path: '/graphql', init: viewer },
  { connection: 'notion', path: '/users/me' },
  { connection: 'patreon', path: '/api/oauth2/v2/identity?fields[user]=full_name' },
  { connection: 'paypal', path: '/v1/identity/oauth2/userinfo?schema=paypalv1.1' },
  { connection: 'salesforce', path: '/services/oauth2/userinfo' },
  { connection: 'shopify', path: '/2026-01/shop.json', reason: 'not_refreshable', refreshes: false },
  { connection: 'strava', path: '/athlete' },
  { connection: 'yahoo', path: '/openid/v1/userinfo' },
  { connection: 'zoom', path: '/v2/users/me' },
];

interface Usage {
  readonly name: string;
  readonly scheme: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly api_base: string;
}

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world, { connections: tools.map(({ connection }) => connection) });
});

/** As the answer says, and nothing that the app would have to know of the provider. */
function callProvider({ access_token, usage }: Record<string, unknown>, { path, init = {} }: Tool) {
  const { name, scheme, headers, api_base } = usage as Usage;
  const token = String(access_token);
  const authorization = { [name]: scheme === null ? token : `${scheme} ${token}` };
  const url = api_base + path.replace('{token}', token);
  return fetch(url, { ...init, headers: { ...headers, ...authorization, ...init.headers } });
}

async function runOut(connection: string): Promise<void> {
  await world.control('POST', `${connection}/expire`, { user: 'lin' });
  await world.database.pool.query(`UPDATE vault_entry SET access_expires_at = now() - interval '1 minute'`);
}

describe.each(tools)('$connection', (tool) => {
  const { connection, reason = 'rejected', refreshes = true } = tool;

  it('from sign-in to a call, over an expiry, until the person takes it back', async () => {
    const { access_token: ours } = await app.signIn({ connection, user: 'lin' });
    const retrieve = () => callApi(world.issuer, `/v1/me/identities/${connection}/token`, ours);
    const first = await retrieve();
    expect(first).toMatchObject({ status: 200, body: { identity: { connection } } });
    expect((await callProvider(first.body, tool)).status).toBe(200);

    if (refreshes) {
      await runOut(connection);
      expect((await callProvider(first.body, tool)).ok).toBe(false);
      const next = await retrieve();
      expect(next.status).toBe(200);
      expect(next.body.access_token).not.toBe(first.body.access_token);
      expect((await callProvider(next.body, tool)).status).toBe(200);
    }

    await world.control('POST', `${connection}/users/lin/revoke`);
    await runOut(connection);
    const last = await retrieve();
    expect(last).toMatchObject({ status: 409, body: { code: 'reauthorization_required', reason } });
    expect(String(last.body.reauthorize_url)).toContain(world.issuer);
  });
});
