import { beforeAll, describe, expect, it } from 'vitest';
import { applyOptions } from '../../src/connectors/engine/connection-traits.ts';
import { createUpstream } from '../../src/connectors/engine/upstream.ts';
import { dingtalk } from '../../src/connectors/providers/dingtalk.ts';
import { createOutbound, type Outbound } from '../../src/kit/outbound.ts';
import { atEnd } from '../support/at-end.ts';
import { conforms } from './conformance.ts';
import { depart, finish } from './provider-world.ts';

const said = (code: string) => ({ code, message: 'some words', requestid: '00000000-FAKE' });
const dead = { kind: 'grant-dead', reason: 'rejected' } as const;
const misconfigured = { kind: 'misconfigured' } as const;
const noCode = said('invalidParameter.authCode.notFound');
const qps = said('Forbidden.AccessDenied.QpsLimitForAppkeyAndApi');
const permission = said('Forbidden.AccessDenied.AccessTokenPermissionDenied');

const asked = (...params: string[]) => ({
  method: 'POST',
  path: '/dingtalk/v1.0/oauth2/userAccessToken',
  params: ['clientId', 'clientSecret', 'grantType', ...params],
});

const room = conforms({
  provider: 'dingtalk',
  profile: 'dingtalk',
  authorize: {
    address: 'https://login.dingtalk.com/oauth2/auth',
    parameters: [
      ['client_id', 'dingsymbolonlab01'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['scope', 'openid'],
      ['state', 'a1b2c3'],
      ['prompt', 'consent'],
    ],
  },
  exchange: asked('code'),
  account: {
    subject: expect.stringMatching(/^\w{24}$/),
    alternates: { 'dingtalk:unionId': expect.stringMatching(/^\w{22}iE$/) },
    name: '林小雨',
    picture: expect.stringContaining('/dingtalk/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 400, body: noCode, becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: said('invalidClientIdOrSecret'), becomes: misconfigured },
    { step: 'exchange', status: 400, body: said('MissingParameter'), becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 403, body: qps, becomes: { kind: 'rate-limited', retryAfter: undefined } },
    {
      step: 'exchange',
      status: 503,
      body: said('ServiceUnavailable'),
      becomes: { kind: 'unavailable', retryAfter: undefined },
    },
    { step: 'refresh', status: 400, body: noCode, becomes: dead },
    { step: 'refresh', status: 400, body: said('invalidParameter.refreshToken.notFound'), becomes: dead },
    { step: 'refresh', status: 400, body: said('SomethingElse'), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 401, body: said('InvalidAuthentication'), becomes: dead },
    { step: 'profile', status: 403, body: permission, becomes: misconfigured },
    { step: 'profile', status: 404, body: said('InvalidAction.NotFound'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { accessToken: 'rogue-access-token', refreshToken: 'rogue-refresh-token', expireIn: 7200 },
    path: '/userinfo',
    profile: {
      nick: '示例员工',
      avatarUrl: 'https://static-legacy.dingtalk.com/fake.png',
      openId: 'fakeOpenId',
    },
    subject: 'openId',
    shown: ['nick', 'avatarUrl', 'email'],
  },
  renewal: { how: 'refresh_token', asked: asked('refreshToken'), keepsRefreshToken: true },
  revocation: 'none',
});

describe('DingTalk', () => {
  it('extends a valid token without changing it, and any returned refresh token is stored', async () => {
    const { tokens } = await room().arrive('lin');
    const next = await room().upstream.refresh(tokens);
    expect(next.accessToken.reveal()).toBe(tokens.accessToken.reveal());
    expect(next.expiresIn).toBe(7200);
    expect(next.refreshToken?.reveal()).not.toBe(tokens.refreshToken?.reveal());
    expect((await room().upstream.refresh(next)).expiresIn).toBe(7200);
  });

  describe('bound to one organization', () => {
    let outbound: Outbound;
    beforeAll(() => {
      outbound = createOutbound({ allowedPrivateHosts: [new URL(room().lab.url).host] });
    });
    atEnd(() => outbound.close());

    const bound = (corp_id: string) => {
      const connector = applyOptions(dingtalk, { corp_id });
      const registration = {
        ...room().registration,
        scopes: connector.scopes.default,
        options: { ...room().registration.options, corp_id },
      };
      return createUpstream({ connector, registration, outbound, clock: room().clock });
    };

    it('is asked for that organization only', async () => {
      const { url } = await depart(bound('ding0105symbolonlab'));
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        scope: 'openid corpid',
        exclusiveLogin: 'true',
        exclusiveCorpId: 'ding0105symbolonlab',
      });
    });

    it('lets its members in, states the organization to the app, and rejects all others', async () => {
      const own = bound('ding0105symbolonlab');
      const { tokens } = await finish(own, await room().approved('lin', own));
      expect(tokens.parameters).toEqual({ corpId: 'ding0105symbolonlab' });
      const other = bound('ding0another0corp');
      const call = finish(other, await room().approved('lin', other));
      await expect(call).rejects.toMatchObject({ step: 'profile', code: 'other_organization' });
    });
  });
});
