import { derived, random } from '../../core/mint.ts';
import type { Problem } from '../../core/refusal.ts';
import { bearer, json, type Reply } from '../../core/wire.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';

export const team = { id: 'T0105LAB', name: 'The lab' };

const upper = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export function userId(person: { readonly id: string }): string {
  return `U0${derived(`slack user ${person.id}`, 9, upper)}`;
}

/** The lifetimes with token rotation enabled. */
export const life = { access: 43_200, refresh: null };

export const mint = {
  code: () => `${random(12, '0123456789')}.${random(12, '0123456789')}.${random(64, '0123456789abcdef')}`,
  access: () => `xoxe.xoxp-1-${random(160)}`,
  refresh: () => `xoxe-1-${random(146)}`,
};

const errors: Partial<Record<Problem, string>> = {
  client_unknown: 'invalid_client_id',
  client_secret: 'bad_client_secret',
  grant_type: 'invalid_grant_type',
  code_unknown: 'invalid_code',
  code_used: 'code_already_used',
  code_expired: 'invalid_code',
  redirect_mismatch: 'bad_redirect_uri',
  refresh_unknown: 'invalid_refresh_token',
  refresh_expired: 'invalid_refresh_token',
  refresh_revoked: 'invalid_refresh_token',
  token_missing: 'not_authed',
  token_unknown: 'invalid_auth',
  token_expired: 'token_expired',
  token_revoked: 'token_revoked',
  scope: 'missing_scope',
  busy: 'internal_error',
};

/** Returns an error: status 200 with `ok: false`. */
export function refuse(problem: Problem): Reply {
  return json({ ok: false, error: errors[problem] ?? 'invalid_arguments' });
}

export function mountAuth(room: Room): void {
  room.route({
    kind: 'revoke',
    methods: ['GET', 'POST'],
    path: '/api/auth.revoke',
    handle: (call) => {
      const token = requireToken(room, bearer(call));
      room.ledger.endGrant(room.grant(token), 'revoked_by_client');
      return json({ ok: true, revoked: true });
    },
  });
  room.route({
    kind: 'api',
    methods: ['GET', 'POST'],
    path: '/api/auth.test',
    handle: (call) => {
      const person = room.person(requireToken(room, bearer(call)).user);
      const whose = { team: team.name, user: person.handle, team_id: team.id, user_id: userId(person) };
      return json({ ok: true, url: 'https://the-lab.slack.com/', ...whose });
    },
  });
}
