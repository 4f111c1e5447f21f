import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, lin, rejected, said } from './usual.ts';

const path = '/vk/oauth2/auth';
const grant = ['client_id', 'device_id', 'grant_type', 'state'];

const room = conforms({
  provider: 'vk',
  profile: 'vk',
  authorize: {
    address: 'https://id.vk.com/authorize',
    parameters: [...authorizeParameters('51050105', { scope: 'email' }), ...challenge],
  },
  exchange: {
    method: 'POST',
    path,
    params: [...grant, 'code', 'code_verifier', 'redirect_uri'],
    tolerated: ['another state'],
  },
  granted: ['email'],
  account: lin('vk', { subject: expect.stringMatching(/^\d{9}$/), name: '小雨 林' }),
  words: [
    { step: 'exchange', status: 200, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 200, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 200, body: said('invalid_grant'), becomes: rejected },
    { step: 'refresh', status: 200, body: said('invalid_token'), becomes: rejected },
    { step: 'refresh', status: 200, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'refresh', status: 200, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 200, body: said('invalid_token'), becomes: rejected },
    {
      step: 'profile',
      status: 200,
      body: said('slow_down'),
      becomes: { kind: 'rate-limited', retryAfter: undefined },
    },
    { step: 'profile', status: 200, body: said('invalid_request'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', token_type: 'Bearer', expires_in: 3600, scope: 'email' },
    path: '/userinfo',
    profile: { user_id: '1234567890', first_name: 'Ivan', last_name: 'I.', avatar: 'https://p.example/1' },
    wrap: (user) => ({ user }),
    subject: 'user_id',
    shown: ['first_name', 'last_name', 'avatar', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path, params: [...grant, 'refresh_token'], tolerated: ['another state'] },
    keepsRefreshToken: true,
  },
  revocation: {
    method: 'POST',
    path: '/vk/oauth2/revoke',
    params: ['access_token', 'client_id', 'device_id'],
  },
});

describe('VK', () => {
  it('receives the device id of the consent in every token request', async () => {
    const { tokens, account } = await room().arrive('lin');
    const { device_id } = tokens.parameters;
    expect(device_id).toMatch(/^[\w-]{64}$/);
    const elsewhere = { ...tokens, parameters: { device_id: 'another' } };
    await expect(room().upstream.refresh(elsewhere)).rejects.toMatchObject({ step: 'refresh' });
    const refused = room().upstream.revoke({ ...elsewhere, subject: account.subject });
    await expect(refused).rejects.toMatchObject({ failure: { kind: 'unknown' } });
    expect((await room().upstream.refresh(tokens)).refreshToken).toBeDefined();
  });

  it('receives no client secret', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(2));
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
    const asked = await room().log();
    expect(asked.some(({ kind }) => kind === 'refresh')).toBe(true);
    expect(asked.flatMap(({ params }) => params)).not.toContain('client_secret');
  });

  it('answers at .ru too', () => {
    const { endpoints } = room().withOptions({ host: 'id.vk.ru' }).real.registration;
    const { authorization, token, userinfo, revocation } = endpoints;
    const hosts = [authorization, token, userinfo ?? '', revocation ?? ''].map((url) => new URL(url).host);
    expect(new Set(hosts)).toEqual(new Set(['id.vk.ru']));
  });
});
