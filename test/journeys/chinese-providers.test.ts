import { beforeAll, describe, expect, it } from 'vitest';
import { signRequest } from '../../src/connectors/providers/alipay/signature.ts';
import { appPrivateKey } from '../../src/lab/profiles/alipay/keys.ts';
import { callApi, type ProviderToken } from '../support/api.ts';
import { createApp, type TestApp, type Tokens } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

interface Story {
  readonly connection: string;
  /** A call of the provider's API as documented, with the values of the broker's answer. */
  readonly call: (token: ProviderToken) => Promise<unknown>;
  /**
   * The broker's answer after the person has removed the app at the provider, if the provider reports that.
   */
  readonly reason: string;
}

const get = async ({ usage, access_token, parameters }: ProviderToken, path: string) => {
  const query = usage.transport === 'query' ? { [usage.name]: access_token } : {};
  const bearer = usage.name.toLowerCase() === 'authorization' ? `Bearer ${access_token}` : access_token;
  const headers = usage.transport === 'header' ? { [usage.name]: bearer } : {};
  const url = new URL(usage.api_base + path);
  url.search = new URLSearchParams({ ...parameters, ...query }).toString();
  return await (await fetch(url, { headers })).json();
};

const post = async (url: string, form: Readonly<Record<string, string>>) =>
  await (await fetch(url, { method: 'POST', body: new URLSearchParams(form) })).json();

/** Only an app with its own key can use the retrieved token. */
async function callAlipay({ usage, access_token, parameters }: ProviderToken) {
  const timestamp = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
  const common = { format: 'JSON', charset: 'utf-8', sign_type: 'RSA2', version: '1.0', timestamp };
  const asked = { ...parameters, method: 'alipay.user.info.share', [usage.name]: access_token };
  return await post(usage.api_base, signRequest({ ...common, ...asked }, appPrivateKey));
}

const stories: readonly Story[] = [
  { connection: 'wechat', call: (token) => get(token, '/sns/userinfo'), reason: 'rejected' },
  { connection: 'qq', call: (token) => get(token, '/user/get_user_info'), reason: 'revoked_by_user' },
  {
    connection: 'douyin',
    call: ({ usage, access_token, parameters }) =>
      post(`${usage.api_base}/oauth/userinfo/`, { ...parameters, [usage.name]: access_token }),
    reason: 'expired',
  },
  { connection: 'dingtalk', call: (token) => get(token, '/v1.0/contact/users/me'), reason: 'rejected' },
  {
    connection: 'feishu',
    call: (token) => get(token, '/open-apis/authen/v1/user_info'),
    reason: 'revoked_by_user',
  },
  { connection: 'alipay', call: callAlipay, reason: 'rejected' },
  { connection: 'xiaomi', call: (token) => get(token, '/user/profile'), reason: 'rejected' },
  { connection: 'bilibili', call: (token) => get(token, '/arcopen/fn/user/account/info'), reason: 'expired' },
];

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld({
    providers: ['qq', 'alipay', 'dingtalk', 'feishu', 'douyin', 'xiaomi', 'bilibili'],
  });
  app = await createApp(world, { connections: stories.map(({ connection }) => connection) });
});

describe.each(stories)('a person of $connection', ({ connection, call, reason }) => {
  const retrieve = async (tokens: Tokens) =>
    await callApi(world.issuer, `/v1/me/identities/${connection}/token`, tokens.access_token);

  /** The token has expired, at the provider and here. */
  async function expire(): Promise<void> {
    await world.control('POST', `${connection}/expire`, { user: 'lin' });
    await world.database.pool.query(`UPDATE vault_entry SET access_expires_at = now() - interval '1 minute'`);
  }

  it('signs in, is served beyond the expiry of the token, and loses access once they revoke the grant', async () => {
    const tokens = await app.signIn({ connection, user: 'lin' });
    const first = await retrieve(tokens);
    expect(first).toMatchObject({ status: 200, body: { identity: { connection } } });
    const held = first.body as unknown as ProviderToken;
    expect(JSON.stringify(await call(held))).toContain('林小雨');

    await expire();
    expect(JSON.stringify(await call(held))).not.toContain('林小雨');
    const second = await retrieve(tokens);
    expect(second.status).toBe(200);
    expect(second.body.access_token).not.toBe(held.access_token);
    const renewed = second.body as unknown as ProviderToken;
    expect(renewed.parameters).toEqual(held.parameters);
    expect(JSON.stringify(await call(renewed))).toContain('林小雨');

    await world.control('POST', `${connection}/users/lin/revoke`);
    await expire();
    expect(await retrieve(tokens)).toMatchObject({
      status: 409,
      body: { code: 'reauthorization_required', reason, reauthorize_url: expect.any(String) },
    });
  });
});
