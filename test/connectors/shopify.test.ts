import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { optionFaults } from '../../src/connectors/contract/options.ts';
import { days, hours } from '../../src/kit/clock.ts';
import { shopify } from '../../src/lab/profiles/shopify.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';
import { authorizeParameters, lin, refreshAt, rejected, rfcWords } from './usual.ts';

const signed = (parameters: Record<string, string>) => {
  const sorted = Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const message = new URLSearchParams(sorted).toString();
  return { ...parameters, hmac: createHmac('sha256', shopify.clientSecret).update(message).digest('hex') };
};
const back = {
  code: 'c',
  shop: 'symbolon-lab.myshopify.com',
  state: 'a1b2c3',
  timestamp: String(Math.floor(Date.now() / 1000)),
};

const room = conforms({
  provider: 'shopify',
  profile: 'shopify',
  authorize: {
    address: 'https://symbolon-lab.myshopify.com/admin/oauth/authorize',
    parameters: authorizeParameters(/^[0-9a-f]{32}$/, { 'grant_options[]': 'per-user' }),
  },
  exchange: {
    method: 'POST',
    path: '/shopify/admin/oauth/access_token',
    params: ['client_id', 'client_secret', 'code'],
  },
  granted: [],
  account: lin(undefined, {
    subject: expect.stringMatching(/^\d{9}$/),
    name: '小雨 林',
    emailVerified: true,
  }),
  words: rfcWords.filter(({ step }) => step === 'exchange'),
  rogue: {
    tokens: { access_token: 'rogue-access-token', scope: 'read_products', expires_in: 86_399 },
    path: '/token',
    profile: {
      id: 902541635,
      first_name: 'Bob',
      last_name: 'B',
      email: 'b@example.com',
      email_verified: true,
    },
    wrap: (associated_user) => ({ access_token: 'rogue-access-token', associated_user }),
    subject: 'id',
    number: 902541635,
    shown: ['first_name', 'last_name', 'email'],
    callback: signed(back),
  },
  renewal: { how: 'none' },
  revocation: 'none',
});

describe('Shopify', () => {
  const inOfflineMode = () => room().withOptions({ shop: 'symbolon-lab', access_mode: 'offline' }).upstream;

  it('signs the callback, and no code is redeemed without that', async () => {
    const run = await room().approved('lin');
    const forged = [
      { ...run.callback, hmac: '0'.repeat(64) },
      { ...run.callback, hmac: '' },
      { ...run.callback, code: 'another' },
      { ...run.callback, shop: 'evil.myshopify.com' },
    ];
    for (const callback of forged)
      await expect(finish(room().upstream, { ...run, callback })).rejects.toMatchObject({
        step: 'exchange',
        code: 'bad_hmac',
      });
    expect((await room().log()).filter(({ kind }) => kind === 'token')).toEqual([]);
    expect((await finish(room().upstream, run)).account.name).toBe('小雨 林');
  });

  it('is not taken for another shop, nor is an old callback accepted', async () => {
    const run = await room().approved('lin');
    const now = Math.floor(room().clock.now().getTime() / 1000);
    for (const other of [
      { shop: 'other.myshopify.com' },
      { timestamp: String(now - 86_400) },
      { timestamp: 'now' },
    ]) {
      const callback = signed({ ...back, timestamp: String(now), ...other });
      await expect(finish(room().upstream, { ...run, callback })).rejects.toMatchObject({
        code: 'not_this_shop',
      });
    }
  });

  it('gives a token of a day to a member of staff', async () => {
    expect((await room().arrive('lin')).tokens).toMatchObject({ expiresIn: 86_400, refreshToken: undefined });
  });

  it('identifies the shop in offline mode, and accepts a refresh token once', async () => {
    const at = inOfflineMode();
    const { tokens, account } = await room().arrive('lin', at);
    expect(account).toMatchObject({ subject: 'symbolon-lab.myshopify.com', email: undefined });
    expect(tokens).toMatchObject({ expiresIn: 3600, refreshExpiresIn: 90 * 86_400 });
    const asked = (await room().log()).filter(({ kind }) => kind === 'token').at(-1);
    expect(asked?.params.toSorted()).toEqual(['client_id', 'client_secret', 'code', 'expiring']);
    room().clock.advance(hours(2));
    const next = await at.refresh(tokens);
    const { params, method } = (await room().log()).filter(({ kind }) => kind === 'refresh').at(-1) ?? {};
    expect({ method, params: params?.toSorted() }).toEqual({
      method: 'POST',
      params: refreshAt('').params.toSorted(),
    });
    await expect(at.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
    room().clock.advance(days(91));
    await expect(at.refresh(next)).rejects.toMatchObject({ failure: rejected });
  });

  it('has one valid offline token: a later sign-in by any person ends the previous one', async () => {
    const at = inOfflineMode();
    const { tokens } = await room().arrive('lin', at);
    await room().arrive('ada', at);
    await expect(at.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });

  it.each(['', 'a.b', 'evil.example/', '-x', 'Shop'])('accepts no shop %j', (shop) => {
    expect(optionFaults(room().connector.options, { shop })).toHaveLength(1);
  });
});
