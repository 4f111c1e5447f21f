import { describe, expect, it } from 'vitest';
import { applyOptions } from '../../src/connectors/engine/connection-traits.ts';
import { createUpstream } from '../../src/connectors/engine/upstream.ts';
import { feishu } from '../../src/connectors/providers/feishu.ts';
import { days } from '../../src/kit/clock.ts';
import { createOutbound } from '../../src/kit/outbound.ts';
import { conforms } from './conformance.ts';
import { suiteFacts } from './feishu-facts.ts';
import { finish } from './provider-world.ts';

const room = conforms(suiteFacts('feishu', 'feishu.cn'));

describe('Feishu', () => {
  it('ends the session if a refresh token is sent twice', async () => {
    const { tokens } = await room().arrive('lin');
    const next = await room().upstream.refresh(tokens);
    const reused = { failure: { kind: 'grant-dead', reason: 'reuse_detected' } };
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject(reused);
    await expect(room().upstream.refresh(next)).rejects.toMatchObject({ failure: { kind: 'grant-dead' } });
  });

  it('ends a session that was unused for a week', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.refreshExpiresIn).toBe(7 * 86_400);
    room().clock.advance(days(8));
    const expired = { failure: { kind: 'grant-dead', reason: 'expired' } };
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject(expired);
  });

  it('is misconfigured without the permission for offline_access', async () => {
    await room().fault('token', 'offline_not_enabled');
    await expect(room().arrive('lin')).rejects.toMatchObject({ failure: { kind: 'misconfigured' } });
  });

  it('is asked at its newer token endpoint if the connection says so', async () => {
    const connector = applyOptions(feishu, { token_version: 'v3' });
    expect(connector.endpoints.token).toBe('https://accounts.feishu.cn/oauth/v3/token');
    expect(connector.endpoints.userinfo).toBe(feishu.endpoints.userinfo);
    const { lab, clock, registration } = room();
    const endpoints = { ...registration.endpoints, token: `${lab.url}/feishu/oauth/v3/token` };
    const outbound = createOutbound({ allowedPrivateHosts: [new URL(lab.url).host] });
    const newer = { connector, registration: { ...registration, endpoints }, outbound, clock };
    const { tokens } = await room().arrive('lin', createUpstream(newer));
    expect(tokens).toMatchObject({
      expiresIn: 7200,
      refreshExpiresIn: 7 * 86_400,
      scopes: ['offline_access'],
    });
    const next = await createUpstream(newer).refresh(tokens);
    expect(next.refreshToken?.reveal()).not.toBe(tokens.refreshToken?.reveal());
    await outbound.close();
    expect((await room().log()).filter(({ path }) => path === '/feishu/oauth/v3/token')).toHaveLength(2);
  });

  it('has ids of organization members, which are stored with the organization', async () => {
    const { rogue, misled } = room();
    const data = { open_id: 'ou_1', user_id: 'zhang', union_id: null };
    for (const [tenant_key, alternates] of [
      ['t1', { 'feishu:user_id': 't1:zhang' }],
      [undefined, {}],
    ] as const) {
      rogue.says({
        '/token': { code: 0, access_token: 'x' },
        '/userinfo': { code: 0, data: { ...data, tenant_key } },
      });
      const run = { code: 'c', verifier: 'v'.repeat(43), nonce: undefined, iss: undefined };
      expect((await finish(misled, run)).account.alternates).toEqual(alternates);
    }
  });
});
