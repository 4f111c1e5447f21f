import { Refusal } from '../../core/refusal.ts';
import { type Call, param, type Reply } from '../../core/wire.ts';
import { authenticate } from '../../engines/client-auth.ts';
import { issueTokens, redeemCode } from '../../engines/redeem-code.ts';
import { dropOldest } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { answer } from './dialect.ts';

export function mountToken(room: Room): void {
  room.route({
    kind: (call) => (param(call, 'grant_type') === 'refresh_token' ? 'refresh' : 'token'),
    methods: ['POST'],
    path: '/login/oauth/access_token',
    handle: (call) => exchange(room, call),
  });
}

function exchange(room: Room, call: Call): Reply {
  const client = authenticate(room, call, ['post', 'basic']);
  const grantType = param(call, 'grant_type') ?? 'authorization_code';
  if (grantType === 'refresh_token') throw new Refusal('refresh_unknown');
  if (grantType !== 'authorization_code') throw new Refusal('grant_type');
  const code = redeemCode(
    room,
    {
      client,
      code: param(call, 'code'),
      redirectUri: param(call, 'redirect_uri'),
      verifier: param(call, 'code_verifier'),
    },
    { redirect: 'if-given', pkce: 'checked' },
  );
  const { access } = issueTokens(room, code, { access: null, refresh: null });
  // The eleventh token of a person, app and scope set quietly costs the first.
  dropOldest(room, access, { count: 10, perScopes: true });
  return answer(call, { access_token: access.value, scope: access.scopes.join(','), token_type: 'bearer' });
}
