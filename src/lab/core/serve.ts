import type { RequestHandler, Response } from 'express';
import type { Room, RouteSpec } from '../profile.ts';
import type { CallKind, CallLog } from './call-log.ts';
import type { Fault, Faults } from './faults.ts';
import { bend, type Outcome, replacement } from './misbehave.ts';
import { Refusal } from './refusal.ts';
import { type Call, json, type Reply, readCall, send } from './wire.ts';

/** Wraps a provider's endpoint: logs the call, applies a fault, and turns refusals into answers. */
export function serve(
  room: Room,
  { faults, log }: { faults: Faults; log: CallLog },
  route: RouteSpec,
): RequestHandler {
  return async (request, response) => {
    const incoming = readCall(request);
    const kind = typeof route.kind === 'function' ? route.kind(incoming) : route.kind;
    const fault = faults.take(kind);
    const call = { ...incoming, fault: fault?.fault ?? null };
    const entry = log.add(call, kind);
    entry.fault = call.fault;
    if (fault?.after === false) await faults.delay(fault);
    const outcome = await play(room, { call, kind, fault, route });
    if (fault?.after === true) await faults.delay(fault);
    if (typeof outcome === 'object') entry.status = outcome.status;
    deliver(response, outcome);
  };
}

interface Scene {
  readonly call: Call;
  readonly kind: CallKind;
  readonly fault: Fault | null;
  readonly route: RouteSpec;
}

async function play(room: Room, { call, kind, fault, route }: Scene): Promise<Outcome> {
  if (fault === null) return answer(room, call, route);
  const instead = replacement(room, call, fault.fault, kind);
  if (instead === undefined) return bend(room, await answer(room, call, route), fault.fault);
  if (fault.after) await answer(room, call, route);
  return instead;
}

async function answer(room: Room, call: Call, route: RouteSpec): Promise<Reply> {
  if (!route.methods.includes(call.method)) {
    return json({ error: 'method_not_allowed' }, 405, { allow: route.methods.join(', ') });
  }
  try {
    return await route.handle(call);
  } catch (error) {
    if (error instanceof Refusal) return room.profile.refuse(error.problem, call, error.detail);
    throw error;
  }
}

function deliver(response: Response, outcome: Outcome): void {
  // Silence: the connection stays open until the client or the closing lab ends it.
  if (outcome === 'silence') return;
  if (outcome === 'reset') return void response.socket?.resetAndDestroy();
  send(response, outcome);
}
