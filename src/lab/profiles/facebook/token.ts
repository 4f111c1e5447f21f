import type { LabClient } from '../../core/client.ts';
import type { Token } from '../../core/ledger-types.ts';
import { Refusal } from '../../core/refusal.ts';
import { type Call, json, param, type Reply } from '../../core/wire.ts';
import { authenticate } from '../../engines/client-auth.ts';
import { issueTokens, redeemCode, secondsLeft, until } from '../../engines/redeem-code.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { versioned } from './versions.ts';

const shortLife = 5400;
const longLife = 60 * 86400;
const day = 86_400_000;

export function mountFacebookToken(room: Room): void {
  room.route(
    versioned({
      kind: (call) => (param(call, 'grant_type') === 'fb_exchange_token' ? 'refresh' : 'token'),
      methods: ['GET', 'POST'],
      path: '/oauth/access_token',
      handle: (call) => answer(room, call),
    }),
  );
}

function answer(room: Room, call: Call): Reply {
  const client = authenticate(room, call, ['post']);
  const grantType = param(call, 'grant_type') ?? 'authorization_code';
  if (grantType === 'fb_exchange_token') return json(fields(room, extend(room, call, client)));
  if (grantType === 'client_credentials') {
    return json({ access_token: `${client.clientId}|${client.clientSecret}`, token_type: 'bearer' });
  }
  if (grantType !== 'authorization_code') throw new Refusal('grant_type');
  return json(fields(room, exchange(room, call, client)));
}

function exchange(room: Room, call: Call, client: LabClient): Token {
  const redirectUri = param(call, 'redirect_uri');
  const asked = { client, code: param(call, 'code'), redirectUri, verifier: param(call, 'code_verifier') };
  const code = redeemCode(room, asked, { redirect: 'required', pkce: 'checked' });
  return issueTokens(room, code, { access: shortLife, refresh: null }).access;
}

/** Trades a valid token for one of sixty days. An expired one is refused. */
function extend(room: Room, call: Call, client: LabClient): Token {
  const value = param(call, 'fb_exchange_token');
  if (value === undefined) throw new Refusal('missing', 'fb_exchange_token');
  const token = requireToken(room, value);
  if (token.clientId !== client.clientId) throw new Refusal('token_unknown');
  // A long-lived token is replaced at most once a day; until then the same one is returned.
  const fresh = isLong(token) && room.ledger.now() - token.issuedAt < day;
  if (fresh) return token;
  const { scopes, family } = token;
  const expiresAt = until(room, longLife);
  return room.ledger.issue({ kind: 'access', grant: room.grant(token), scopes, family, expiresAt });
}

function isLong(token: Token): boolean {
  return (token.expiresAt ?? Infinity) - token.issuedAt > day;
}

function fields(room: Room, token: Token): Record<string, unknown> {
  return { access_token: token.value, token_type: 'bearer', expires_in: secondsLeft(room, token) };
}
