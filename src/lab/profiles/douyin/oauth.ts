import { derived } from '../../core/mint.ts';
import { Refusal } from '../../core/refusal.ts';
import type { Call, Reply } from '../../core/wire.ts';
import { requireForm } from '../../engines/form-only.ts';
import { type Bought, buyTokens, need, needClient, renewTokens } from '../../engines/grants.ts';
import { secondsLeft } from '../../engines/redeem-code.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { succeed, tell } from './dialect.ts';

const life = { access: 15 * 86_400, refresh: 30 * 86_400 };

export function mountDouyin(room: Room): void {
  const on = (kind: 'token' | 'refresh' | 'profile', path: string, act: (room: Room, call: Call) => Reply) =>
    room.route({
      kind,
      methods: ['POST'],
      path,
      handle: (call) => {
        requireForm(call);
        return act(room, call);
      },
    });
  on('token', '/oauth/access_token/', exchange);
  on('refresh', '/oauth/refresh_token/', refresh);
  on('profile', '/oauth/userinfo/', userinfo);
}

function exchange(room: Room, call: Call): Reply {
  const client = needClient(room, { id: need(call, 'client_key'), secret: need(call, 'client_secret') });
  if (need(call, 'grant_type') !== 'authorization_code') throw new Refusal('grant_type');
  const asked = { client, code: need(call, 'code'), redirectUri: undefined, verifier: undefined };
  return answer(room, buyTokens(room, asked, { life, redirect: 'ignored', pkce: 'ignored' }));
}

function refresh(room: Room, call: Call): Reply {
  const client = needClient(room, { id: need(call, 'client_key') });
  if (need(call, 'grant_type') !== 'refresh_token') throw new Refusal('grant_type');
  const presented = { client, value: need(call, 'refresh_token'), fault: call.fault };
  return answer(room, renewTokens(room, presented, { life, extends: true }));
}

function userinfo(room: Room, call: Call): Reply {
  const token = requireToken(room, need(call, 'access_token'), ['user_info']);
  const person = room.person(token.user);
  const open_id = room.profile.subject(person, token.clientId);
  if (need(call, 'open_id') !== open_id) throw new Refusal('subject_mismatch');
  return tell({
    avatar: room.picture(person),
    client_key: token.clientId,
    e_account_role: '',
    nickname: person.name,
    open_id,
    // The same for all apps of one developer.
    union_id: derived(`douyin union_id ${person.id}`, 36),
  });
}

function answer(room: Room, { access, refresh: next }: Bought): Reply {
  return succeed({
    access_token: access.value,
    captcha: '',
    desc_url: '',
    expires_in: life.access,
    open_id: room.profile.subject(room.person(access.user), access.clientId),
    refresh_expires_in: next && secondsLeft(room, next),
    refresh_token: next?.value,
    scope: access.scopes.join(','),
  });
}
