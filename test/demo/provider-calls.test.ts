import { expect, test } from 'vitest';
import type { ProviderToken } from '../../src/demo/broker-api.ts';
import { canCall, maskedRequest, providerRequest } from '../../src/demo/provider-calls.ts';

const header = { transport: 'header', name: 'Authorization', scheme: 'Bearer', headers: {} } as const;
const query = { transport: 'query', name: 'access_token', scheme: null, headers: {} } as const;

function token(
  provider: string,
  usage: ProviderToken['usage'],
  parameters: Record<string, string> = {},
): ProviderToken {
  const identity = { id: 'idn_1', connection: provider, provider, subject: 's' };
  return {
    access_token: 'secret-token-of-the-provider',
    expires_at: null,
    scope: '',
    identity,
    parameters,
    usage,
  };
}

test.each([
  [
    'wechat-web',
    { ...query, api_base: 'https://api.weixin.qq.com' },
    { openid: 'oX' },
    'https://api.weixin.qq.com/sns/userinfo?lang=zh_CN&openid=oX&access_token=secret-token-of-the-provider',
  ],
  [
    'wechat-web',
    { ...query, api_base: 'http://localhost:3002/wechat' },
    { openid: 'oX' },
    'http://localhost:3002/wechat/sns/userinfo?lang=zh_CN&openid=oX&access_token=secret-token-of-the-provider',
  ],
  [
    'facebook',
    { ...header, api_base: 'https://graph.facebook.com/v24.0' },
    { appsecret_proof: 'abc' },
    'https://graph.facebook.com/v24.0/me?fields=id%2Cname%2Cemail&appsecret_proof=abc',
  ],
  [
    'google',
    { ...header, api_base: 'https://www.googleapis.com' },
    {},
    'https://www.googleapis.com/oauth2/v3/userinfo',
  ],
  [
    'google',
    { ...header, api_base: 'http://localhost:3002/google' },
    {},
    'http://localhost:3002/google/oauth2/v3/userinfo',
  ],
  ['github', { ...header, api_base: 'https://api.github.com/' }, {}, 'https://api.github.com/user'],
] as const)('%s is called at %o', (provider, usage, parameters, url) => {
  const request = providerRequest(token(provider, usage, parameters));
  expect(request?.url.href).toBe(url);
  const bearer = usage.transport === 'header' ? 'Bearer secret-token-of-the-provider' : undefined;
  expect(request?.headers.Authorization).toBe(bearer);
});

test.each([query, header])(
  'the output shows the first six characters of a secret, by $transport',
  (usage) => {
    const parameters = { openid: 'oX', appsecret_proof: 'proof-of-the-secret' };
    for (const provider of ['wechat-web', 'facebook', 'google', 'github']) {
      const shown = JSON.stringify(
        maskedRequest(token(provider, { ...usage, api_base: 'https://a.example' }, parameters)),
      );
      expect(shown).toContain('secret...');
      expect(shown).not.toMatch(/secret-|proof-of/);
    }
  },
);

test('a provider that is unknown to the demo is not called', () => {
  expect(canCall('toString')).toBe(false);
  expect(providerRequest(token('toString', { ...header, api_base: 'https://a.example' }))).toBeUndefined();
});
