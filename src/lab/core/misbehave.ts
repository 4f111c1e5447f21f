import type { Room } from '../profile.ts';
import { edit } from './edit.ts';
import type { Problem } from './refusal.ts';
import { type Call, json, type Reply } from './wire.ts';
import { oddShape, strangeAnswers, strangeLife } from './wire-faults.ts';

/** The bytes or silence that a fault sends instead of an answer. */
export type Outcome = Reply | 'silence' | 'reset';

/** Returns the replacement for an answer, or undefined for a fault that only changes it. */
export function replacement(room: Room, call: Call, fault: string, kind: string): Outcome | undefined {
  const refuse = (problem: Problem) => room.profile.refuse(problem, call, '');
  switch (fault) {
    case 'timeout':
      return 'silence';
    case 'reset':
      return 'reset';
    case '500':
      return json({ error: 'server_error', error_description: 'simulated by the lab' }, 500);
    case '503':
      return json({ error: 'temporarily_unavailable' }, 503, { 'retry-after': '2' });
    case '429':
      return json({ error: 'slow_down' }, 429, { 'retry-after': '2' });
    case 'html':
      return {
        status: 200,
        encoding: 'html',
        body: '<!doctype html><title>Busy</title><h1>Please try later</h1>',
      };
    case 'error_200':
      return { ...refuse('busy'), status: 200 };
    case 'invalid_grant':
      return refuse(deadGrant(kind));
    case 'invalid_client':
      return refuse('client_secret');
    default:
      return strangeAnswers[fault]?.() ?? room.profile.faults?.[fault]?.reply?.(call);
  }
}

/** Returns the provider's answer, changed by the fault. */
export function bend(room: Room, reply: Reply, fault: string): Reply {
  if (fault === 'omit_refresh_token') return edit(reply, /^refresh_?token$/i, () => undefined);
  if (fault === 'omit_access_token') return edit(reply, /^access_?token$/i, () => undefined);
  if (fault === 'narrow_scope') return narrow(room, reply);
  return (
    oddShape(reply, fault) ??
    strangeLife(reply, fault) ??
    room.profile.faults?.[fault]?.bend?.(reply) ??
    reply
  );
}

function deadGrant(kind: string): Problem {
  if (kind === 'token') return 'code_unknown';
  return kind === 'refresh' ? 'refresh_revoked' : 'token_revoked';
}

/** Removes the last scope from token and answer, as if the person had declined it. */
function narrow(room: Room, reply: Reply): Reply {
  let scopes: string[] | undefined;
  edit(reply, /^access_?token$/i, (value) => {
    const token = room.ledger.token(String(value));
    if (token !== undefined) {
      token.scopes = scopes = token.scopes.slice(0, -1);
      room.ledger.touch();
    }
    return value;
  });
  const narrowed = scopes?.join(room.profile.scopeSeparator);
  return narrowed === undefined ? reply : edit(reply, /^scopes?$/, () => narrowed);
}
