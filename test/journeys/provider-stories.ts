import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

export interface Provider {
  readonly connection: string;
  /** A call of the provider's API, as an app makes it; absent if there is no API. */
  readonly path?: string;
  readonly init?: RequestInit;
  /** The health of the token after the person has revoked the grant; `rejected` if absent. */
  readonly reason?: string;
  /** True if only a valid token can be extended, or none can. */
  readonly refreshes?: false;
}

interface Usage {
  readonly transport: 'header' | 'query';
  readonly name: string;
  readonly scheme: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly api_base: string;
}

/**
 * Whether the provider's API accepts the token, sent as the answer says. The app knows nothing else of the
 * provider.
 */
async function works(
  { access_token, usage }: Record<string, unknown>,
  { path, init = {} }: Provider,
): Promise<boolean> {
  const { transport, name, scheme, headers, api_base } = usage as Usage;
  const token = String(access_token);
  const url = new URL(api_base + (path ?? ''));
  if (transport === 'query') url.searchParams.set(name, token);
  const carried = transport === 'query' ? {} : { [name]: scheme === null ? token : `${scheme} ${token}` };
  const response = await fetch(url, { ...init, headers: { ...headers, ...carried, ...init.headers } });
  const body: unknown = await response.json().catch(() => ({}));
  // Some providers refuse with status 200.
  return response.ok && !(typeof body === 'object' && body !== null && 'ok' in body && body.ok === false);
}

async function runOut(world: World, connection: string): Promise<void> {
  await world.control('POST', `${connection}/expire`, { user: 'lin' });
  await world.database.pool.query(`UPDATE vault_entry SET access_expires_at = now() - interval '1 minute'`);
}

/** Goes from sign-in to an API call, over an expiry, until the person revokes the grant. */
export function providerStories(providers: readonly Provider[]): void {
  let world: World;
  let app: TestApp;

  beforeAll(async () => {
    const connections = providers.map(({ connection }) => connection);
    world = await createWorld({ providers: connections });
    app = await createApp(world, { connections });
  });

  describe.each(providers)('$connection', (provider) => {
    const { connection, path, reason = 'rejected', refreshes = true } = provider;
    const expectWorking = async (body: Record<string, unknown>, working: boolean) => {
      if (path !== undefined) expect(await works(body, provider)).toBe(working);
    };

    it('from sign-in to a call, over an expiry, until the person takes it back', async () => {
      const { access_token: ours } = await app.signIn({ connection, user: 'lin' });
      const retrieve = (query = '') =>
        callApi(world.issuer, `/v1/me/identities/${connection}/token${query}`, ours);
      const first = await retrieve();
      expect(first).toMatchObject({ status: 200, body: { identity: { connection } } });
      await expectWorking(first.body, true);

      if (refreshes) {
        await runOut(world, connection);
        await expectWorking(first.body, false);
        const next = await retrieve();
        expect(next.status).toBe(200);
        expect(next.body.access_token).not.toBe(first.body.access_token);
        await expectWorking(next.body, true);
      }

      await world.control('POST', `${connection}/users/lin/revoke`);
      // A token without refresh is checked at the provider when the app reports that it no longer works.
      const asked = !refreshes && reason !== 'not_refreshable';
      if (!asked) await runOut(world, connection);
      const last = await retrieve(asked ? '?force=true' : '');
      expect(last).toMatchObject({ status: 409, body: { code: 'reauthorization_required', reason } });
      expect(String(last.body.reauthorize_url)).toContain(world.issuer);
    });
  });
}
