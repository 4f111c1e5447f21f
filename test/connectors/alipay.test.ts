import { createPrivateKey, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { applyOptions } from '../../src/connectors/engine/connection-traits.ts';
import { rawMember, signRequest } from '../../src/connectors/providers/alipay/signature.ts';
import { alipay } from '../../src/connectors/providers/alipay.ts';
import { days } from '../../src/kit/clock.ts';
import { alipayPrivateKey, appPrivateKey } from '../../src/lab/profiles/alipay/keys.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';

const open_id = '0FakeOpenIdxxxx';
const refused = (code: string, sub_code: string) => ({
  error_response: { code, msg: 'some words', sub_code, sub_msg: 'some words' },
  sign: 'ZmFrZVNpZ24=',
});
const told = (code: string, sub_code: string) => ({
  alipay_user_info_share_response: { code, msg: 'some words', sub_code, sub_msg: 'some words' },
  sign: 'ZmFrZVNpZ24=',
});
const invalid = (sub_code: string) => refused('40002', sub_code);
const dead = (reason: 'rejected' | 'expired') => ({ kind: 'grant-dead', reason }) as const;
const misconfigured = { kind: 'misconfigured' } as const;
const unknown = { kind: 'unknown' } as const;

const alipayKey = createPrivateKey({
  key: Buffer.from(alipayPrivateKey, 'base64'),
  format: 'der',
  type: 'pkcs8',
});
const signedBy = (node: string, text: string) =>
  `{"${node}":${text},"sign":"${sign('RSA-SHA256', Buffer.from(text), alipayKey).toString('base64')}"}`;
const nodes = {
  tokens: 'alipay_system_oauth_token_response',
  profile: 'alipay_user_info_share_response',
};

const common = ['app_id', 'method', 'format', 'charset', 'sign_type', 'timestamp', 'version', 'sign'];
const asked = (...params: string[]) => ({
  method: 'POST',
  path: '/alipay/gateway.do',
  params: [...common, 'grant_type', ...params],
});

const room = conforms({
  provider: 'alipay',
  profile: 'alipay',
  authorize: {
    address: 'https://openauth.alipay.com/oauth2/publicAppAuthorize.htm',
    parameters: [
      ['app_id', '2021005010501050'],
      ['scope', 'auth_user'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['state', 'a1b2c3'],
    ],
  },
  exchange: asked('code'),
  account: {
    subject: expect.stringMatching(/^0[\w-]{47}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/alipay/lab/avatars/lin'),
    email: undefined,
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 200, body: invalid('isv.code-invalid'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: invalid('isv.invalid-signature'), becomes: misconfigured },
    { step: 'exchange', status: 200, body: invalid('isv.invalid-app-id'), becomes: misconfigured },
    { step: 'exchange', status: 200, body: refused('40006', 'isv.insufficient'), becomes: misconfigured },
    { step: 'exchange', status: 200, body: refused('40003', 'isv.something'), becomes: unknown },
    {
      step: 'exchange',
      status: 200,
      body: refused('20000', 'isp.unknow-error'),
      becomes: { kind: 'unavailable' },
    },
    { step: 'exchange', status: 200, body: refused('20000', ''), becomes: { kind: 'unavailable' } },
    { step: 'exchange', status: 200, body: { access_token: 'x', open_id }, becomes: unknown },
    { step: 'refresh', status: 200, body: invalid('isv.refreshed-token-invalid'), becomes: dead('rejected') },
    { step: 'refresh', status: 200, body: invalid('isv.refresh-token-invalid'), becomes: dead('rejected') },
    { step: 'refresh', status: 200, body: invalid('isv.refresh-token-time-out'), becomes: dead('expired') },
    { step: 'refresh', status: 200, body: invalid('isv.invalid-signature'), becomes: misconfigured },
    {
      step: 'profile',
      status: 200,
      body: refused('20001', 'aop.invalid-auth-token'),
      becomes: dead('rejected'),
    },
    {
      step: 'profile',
      status: 200,
      body: told('20001', 'aop.auth-token-time-out'),
      becomes: dead('expired'),
    },
    { step: 'profile', status: 200, body: told('40006', 'isv.insufficient'), becomes: misconfigured },
    { step: 'profile', status: 200, body: { open_id }, becomes: unknown },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 1296000, re_expires_in: 2592000, open_id },
    path: '/userinfo',
    profile: {
      code: '10000',
      msg: 'Success',
      open_id,
      nick_name: '示例',
      avatar: 'https://tfs.alipayobjects.com/f.png',
    },
    envelope: (json, of) => signedBy(nodes[of], json),
    subject: 'open_id',
    shown: ['nick_name', 'avatar'],
  },
  renewal: { how: 'refresh_token', asked: asked('refresh_token'), keepsRefreshToken: true },
  revocation: 'none',
});

const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };

describe('Alipay', () => {
  it('signs the non-empty parameters, sorted and unencoded, and sends nothing else', () => {
    const sent = signRequest({ b: '2 &=', a: '', c: '微', A: '1' }, appPrivateKey);
    expect(Object.keys(sent).toSorted()).toEqual(['A', 'b', 'c', 'sign']);
    const key = createPrivateKey({ key: Buffer.from(appPrivateKey, 'base64'), format: 'der', type: 'pkcs8' });
    expect(sent.sign).toBe(sign('RSA-SHA256', Buffer.from('A=1&b=2 &=&c=微'), key).toString('base64'));
    const pem = key.export({ type: 'pkcs1', format: 'pem' }).toString();
    const bare = key.export({ type: 'pkcs1', format: 'der' }).toString('base64');
    for (const same of [pem, bare])
      expect(signRequest({ A: '1' }, same)).toEqual(signRequest({ A: '1' }, appPrivateKey));
  });

  it('verifies the signed node as it was written', () => {
    const node = '{"a":"}\\"{","b":{"c":[{"d":1}]} }';
    expect(rawMember(`{"x_response":${node},"sign":"s"}`, 'x_response')).toBe(node);
    const first = `{ "sign" : "a\\"/+==", "alipay_cert_sn":"00ff", "x_response":${node}}`;
    expect(rawMember(first, 'x_response')).toBe(node);
    for (const text of ['', '{', '{"y":{}}', '{"x_response":"no"}', '{"x_response":{"a":1'])
      expect(rawMember(text, 'x_response')).toBeUndefined();
  });

  it.each(['forged', 'unsigned'])('signs no one in if its token answer comes %s', async (fault) => {
    await room().fault('token', fault);
    await expect(room().arrive('lin')).rejects.toMatchObject({ step: 'exchange', failure: unknown });
  });

  it.each(['forged', 'unsigned'])('signs no one in if its profile comes %s', async (fault) => {
    await room().fault('profile', fault);
    await expect(room().arrive('lin')).rejects.toMatchObject({ step: 'profile', failure: unknown });
  });

  it('is accepted with the signature in any place, and with a certificate number beside it', async () => {
    const { rogue, misled } = room();
    const turned = (node: string, text: string) => {
      const { sign: signature } = JSON.parse(signedBy(node, text)) as { sign: string };
      return `{"sign":"${signature}","alipay_cert_sn":"00ff","${node}":${text}}`;
    };
    rogue.says({
      '/token': turned(nodes.tokens, JSON.stringify({ access_token: 'x', open_id })),
      '/userinfo': turned(nodes.profile, JSON.stringify({ code: '10000', open_id })),
    });
    expect((await finish(misled, run)).account.subject).toBe(open_id);
  });

  it('is refused if it answers another method than the requested one', async () => {
    const { rogue, misled } = room();
    const node = JSON.stringify({ access_token: 'x', open_id });
    rogue.says({ '/token': signedBy(nodes.profile, node), '/userinfo': signedBy(nodes.profile, node) });
    await expect(finish(misled, run)).rejects.toMatchObject({ step: 'exchange', failure: unknown });
  });

  it('is misconfigured if the app’s own key is wrong', async () => {
    const { upstream } = room().withOptions({ alipay_public_key: 'bm90IGEga2V5' });
    const call = finish(upstream, await room().approved('lin'));
    await expect(call).rejects.toMatchObject({ failure: misconfigured });
  });

  it('uses the id that the connection names, and never falls back to the other', async () => {
    for (const on of ['token', 'profile']) await room().fault(on, 'user_id_only');
    await expect(room().arrive('lin')).rejects.toMatchObject({ step: 'profile', code: 'bad_profile' });
    const { upstream } = room().withOptions({ subject: 'user_id' });
    await expect(finish(upstream, await room().approved('lin'))).rejects.toMatchObject({
      code: 'bad_profile',
    });
    for (const on of ['token', 'profile']) await room().fault(on, 'user_id_only');
    const { account } = await finish(upstream, await room().approved('lin'));
    expect(account.subject).toBe('2088000000000105');
    expect(account.alternates).toEqual({ 'alipay:user_id': '2088000000000105' });
  });

  it('returns the id without a profile if asked for auth_base', async () => {
    const silent = room().withScopes(['auth_base']);
    const { account } = await finish(silent, await room().approved('lin', silent));
    expect(account.name).toBeUndefined();
    expect((await room().log()).filter(({ kind }) => kind === 'profile')).toEqual([]);
    expect(account.subject).toBe((await room().arrive('lin')).account.subject);
  });

  it('expires 30 days after the sign-in, however often it is refreshed', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.refreshExpiresIn).toBe(30 * 86_400);
    room().clock.advance(days(14));
    const next = await room().upstream.refresh(tokens);
    expect(next.refreshExpiresIn).toBe(16 * 86_400);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: dead('rejected') });
    room().clock.advance(days(17));
    await expect(room().upstream.refresh(next)).rejects.toMatchObject({ failure: dead('expired') });
  });

  it('has a sandbox, and receives the serial numbers of certificates if they are used', async () => {
    expect(applyOptions(alipay, { environment: 'sandbox' }).endpoints.token).toBe(
      'https://openapi.alipaydev.com/gateway.do',
    );
    const sn = 'a'.repeat(32);
    const { upstream } = room().withOptions({ app_cert_sn: sn, alipay_root_cert_sn: `${sn}_${sn}` });
    await finish(upstream, await room().approved('lin'));
    const call = (await room().log()).find(({ kind }) => kind === 'token');
    expect(call?.params).toEqual(expect.arrayContaining(['app_cert_sn', 'alipay_root_cert_sn']));
  });
});
