import { describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';
import { wechatWords } from './wechat-words.ts';

const openid = 'oM7fakeMiniOpenId';

const room = conforms({
  provider: 'wechat-mini-program',
  profile: 'wechat-mini-program',
  exchange: {
    method: 'GET',
    path: '/wechat-mini-program/sns/jscode2session',
    params: ['appid', 'secret', 'js_code', 'grant_type'],
  },
  account: {
    subject: expect.stringMatching(/^o[\w-]{27}$/),
    alternates: { 'wechat:unionid': expect.stringMatching(/^oU/) },
    name: undefined,
    picture: undefined,
    email: undefined,
    emailVerified: false,
  },
  words: [
    ...wechatWords.filter(
      ({ step, body }) => step === 'exchange' && !JSON.stringify(body).includes(`"40029"`),
    ),
    { step: 'exchange', status: 200, body: { errcode: 40226 }, becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 200, body: { errcode: 41008 }, becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { session_key: 'ZmFrZVNlc3Npb25LZXkxMjM0NQ==' },
    path: '/token',
    profile: { openid, session_key: 'ZmFrZVNlc3Npb25LZXkxMjM0NQ==', errcode: 0, errmsg: 'ok' },
    subject: 'openid',
    shown: [],
  },
});

describe('A WeChat mini-program', () => {
  it('has a session key, which is not stored or returned', async () => {
    const { rogue, misled } = room();
    const session_key = 'ZmFrZVNlc3Npb25LZXkxMjM0NQ==';
    rogue.says({ '/token': { openid, session_key, unionid: 'oU-1' } });
    const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };
    expect(JSON.stringify(await misled.signIn(run))).not.toContain(session_key);
  });

  it('accepts the code for five minutes', async () => {
    const run = await room().approved('lin');
    room().clock.advance(minutes(6));
    await expect(finish(room().upstream, run)).rejects.toMatchObject({ failure: { kind: 'code-spent' } });
  });

  it('has no authorization page', () => {
    expect(room().connector.signInBy).toBe('code');
  });
});
