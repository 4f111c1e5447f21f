import type { LabClient } from '../../core/client.ts';
import type { Token } from '../../core/ledger-types.ts';
import { Refusal } from '../../core/refusal.ts';
import { findRefresh, succeed } from '../../core/rotation.ts';
import { type Call, param, type Reply } from '../../core/wire.ts';
import { authenticate } from '../../engines/client-auth.ts';
import { issueTokens, type Lifetimes, redeemCode, until } from '../../engines/redeem-code.ts';
import { dropOldest } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { answer } from './dialect.ts';

/**
 * Mounts the token endpoint. Tokens of an OAuth App have no end; those of a GitHub App expire and have a refresh token.
 */
export function mountToken(room: Room, life: Lifetimes): void {
  room.route({
    kind: (call) => (param(call, 'grant_type') === 'refresh_token' ? 'refresh' : 'token'),
    methods: ['POST'],
    path: '/login/oauth/access_token',
    handle: (call) => {
      const client = authenticate(room, call, ['post', 'basic']);
      const grantType = param(call, 'grant_type') ?? 'authorization_code';
      if (grantType === 'refresh_token') return refresh(room, life, { call, client });
      if (grantType !== 'authorization_code') throw new Refusal('grant_type');
      return exchange(room, life, { call, client });
    },
  });
}

interface Asked {
  readonly call: Call;
  readonly client: LabClient;
}

function exchange(room: Room, life: Lifetimes, { call, client }: Asked): Reply {
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
  const { access, refresh: next } = issueTokens(room, code, life);
  // The eleventh token of a person, app and scope set ends the first one silently.
  if (life.access === null) dropOldest(room, access, { count: 10, perScopes: true });
  return issued(call, life, { access, next });
}

/** Refreshes a token, which ends the old refresh token and access token at once. */
function refresh(room: Room, life: Lifetimes, { call, client }: Asked): Reply {
  const { ledger } = room;
  const old = findRefresh(room, { value: param(call, 'refresh_token'), fault: call.fault }, client);
  const before = ledger.family(old).filter(({ kind }) => kind === 'access');
  ledger.end(before, 'rotated');
  const next = succeed(room, old, { expiresAt: until(room, life.refresh), fault: call.fault });
  const { scopes, family } = old;
  const expiresAt = until(room, life.access);
  const access = ledger.issue({ kind: 'access', grant: room.grant(old), scopes, family, expiresAt });
  return issued(call, life, { access, next });
}

function issued(
  call: Call,
  life: Lifetimes,
  { access, next }: { access: Token; next: Token | undefined },
): Reply {
  const plain = { access_token: access.value, scope: access.scopes.join(','), token_type: 'bearer' };
  if (next === undefined) return answer(call, plain);
  return answer(call, {
    access_token: access.value,
    expires_in: Number(life.access),
    refresh_token: next.value,
    refresh_token_expires_in: Number(life.refresh),
    token_type: 'bearer',
    scope: plain.scope,
  });
}
