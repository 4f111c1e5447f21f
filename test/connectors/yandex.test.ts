import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, lin, refreshAt, rfcWords, said } from './usual.ts';

const path = '/yandex/token';

const room = conforms({
  provider: 'yandex',
  profile: 'yandex',
  authorize: {
    address: 'https://oauth.yandex.ru/authorize',
    parameters: [...authorizeParameters(/^[0-9a-f]{32}$/, {}), ...challenge],
    asking: [
      { ask: { forceConsent: true }, adds: { force_confirm: 'yes' } },
      { ask: { forceLogin: true }, adds: { force_confirm: 'yes' } },
    ],
  },
  exchange: exchangeAt(path, { pkce: true }),
  account: lin(undefined, {
    subject: expect.stringMatching(/^1\d{9}$/),
    alternates: {
      'yandex:id': expect.stringMatching(/^1\d{9}$/),
      'yandex:psuid': expect.stringMatching(/^1\.AA/),
    },
    picture: expect.stringMatching(/^https:\/\/avatars\.yandex\.net\/get-yapic\/\d+\/enc-lin\/islands-200$/),
  }),
  words: [
    ...rfcWords,
    { step: 'profile', status: 401, body: { error: 'Unauthorized' }, becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 429,
      headers: { 'retry-after': '3' },
      body: said('too_many'),
      becomes: { kind: 'rate-limited', retryAfter: 3 },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', token_type: 'bearer', expires_in: 31_536_000 },
    path: '/userinfo',
    profile: { id: '1000034426', login: 'ivan', display_name: 'Ivan', default_avatar_id: '131652443' },
    subject: 'id',
    shown: ['login', 'display_name', 'real_name', 'default_email', 'default_avatar_id'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt(path), keepsRefreshToken: true },
  revocation: 'none',
});

describe('Yandex', () => {
  const device_id = 'symbolon-1';

  it('requires the scheme OAuth in place of Bearer, and apps are told', async () => {
    expect(room().connector.transport.scheme).toBe('OAuth');
    const { tokens } = await room().arrive('lin');
    const asking = (scheme: string) => ({ authorization: `${scheme} ${tokens.accessToken.reveal()}` });
    const call = (headers: Record<string, string>) => fetch(`${room().lab.url}/yandex/info`, { headers });
    expect([(await call(asking('OAuth'))).status, (await call(asking('Bearer'))).status]).toEqual([200, 401]);
  });

  it('revokes only tokens that were issued for a device', async () => {
    const { upstream } = room().withOptions({ device_id });
    const { tokens, account } = await room().arrive('lin', upstream);
    const grant = { ...tokens, subject: account.subject };
    expect(await upstream.revoke(grant)).toBe('revoked');
    expect(await room().grants('lin')).toBe(0);
    expect(await upstream.revoke(grant)).toBe('revoked');
    const { tokens: ofNone } = await room().arrive('lin');
    const refused = upstream.revoke({ ...ofNone, subject: account.subject });
    await expect(refused).rejects.toMatchObject({ step: 'revoke', code: 'unsupported_token_type' });
    expect(await room().grants('lin')).toBe(1);
  });

  it('gives a person twenty tokens per device, and drops the oldest silently', async () => {
    const { upstream } = room().withOptions({ device_id });
    const { tokens: first } = await room().arrive('lin', upstream);
    for (let count = 0; count < 20; count += 1) await room().arrive('lin', upstream);
    const headers = { authorization: `OAuth ${first.accessToken.reveal()}` };
    expect((await fetch(`${room().lab.url}/yandex/info`, { headers })).status).toBe(401);
  });

  it('identifies people by this app’s own id if the connection says so', async () => {
    const { upstream, misled } = room().withOptions({ subject: 'psuid' });
    expect((await room().arrive('lin', upstream)).account.subject).toMatch(/^1\.AA/);
    room().rogue.says({ '/token': { access_token: 'x' }, '/userinfo': { id: '7' } });
    const run = { code: 'c', verifier: 'v'.repeat(43), nonce: undefined, iss: undefined };
    await expect(misled.signIn(run)).rejects.toMatchObject({ code: 'no_subject' });
  });

  it('is refreshed long before the expiry, which both tokens share', () => {
    const { accessLifetime = 0, refreshLifetime = 0, ahead = 0, keepAlive = 0 } = room().connector.refresh;
    expect(accessLifetime).toBe(refreshLifetime);
    expect(accessLifetime - ahead).toBe(keepAlive);
  });
});
