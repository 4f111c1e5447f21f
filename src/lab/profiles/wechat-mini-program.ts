import { alphabets, derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, param, type Reply } from '../core/wire.ts';
import { need, needClient } from '../engines/grants.ts';
import { redeemCode } from '../engines/redeem-code.ts';
import type { Profile, Room } from '../profile.ts';
import { answer } from './wechat/dialect.ts';
import { unionidOf } from './wechat/sns.ts';
import { wechat } from './wechat.ts';

/** A WeChat mini-program: a code from its SDK, and no tokens. */
export const wechatMiniProgram: Profile = {
  ...wechat,
  name: 'wechat-mini-program',
  title: 'WeChat mini-program',
  provider: 'wechat-mini-program',
  clientId: 'wx7ab0105ab0105ab2',
  clientSecret: derived('wechat mini-program secret', 32, alphabets.hex),
  options: { native_audience: 'wx7ab0105ab0105ab2' },
  sdkScopes: [],
  endpoints: { token: '/sns/jscode2session', api: '' },
  mount(room) {
    room.route({
      kind: 'token',
      methods: ['GET'],
      path: '/sns/jscode2session',
      handle: (call) => session(room, call),
    });
  },
};

function session(room: Room, call: Call): Reply {
  const client = needClient(room, { id: need(call, 'appid'), secret: need(call, 'secret') });
  if (param(call, 'grant_type') !== 'authorization_code') throw new Refusal('grant_type');
  const asked = { client, code: param(call, 'js_code'), redirectUri: undefined, verifier: undefined };
  const { user } = redeemCode(room, asked, { redirect: 'ignored', pkce: 'ignored' });
  const person = room.person(user);
  return answer({
    openid: room.profile.subject(person, client.clientId),
    session_key: Buffer.from(random(16)).toString('base64'),
    unionid: unionidOf(person),
  });
}
