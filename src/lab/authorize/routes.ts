import type { Router } from 'express';
import type { CallKind, CallLog } from '../core/call-log.ts';
import { type Call, type Reply, readCall, send } from '../core/wire.ts';
import type { Room } from '../profile.ts';
import type { AuthorizeRules } from './rules.ts';
import { createSteps } from './steps.ts';

/** Mounts the pages for a person: choice of account, choice of scopes, approval or denial. */
export function createAuthorizeRoutes(room: Room, router: Router, log: CallLog) {
  const steps = createSteps(room);

  function handle(kind: CallKind, path: string | string[], act: (call: Call) => Reply): void {
    router[kind === 'consent' ? 'post' : 'get'](path, (request, response) => {
      const call = readCall(request);
      const reply = act(call);
      log.add(call, kind).status = reply.status;
      send(response, reply);
    });
  }

  handle('consent', '/lab/consent/:handle', steps.finish);
  return (rules: AuthorizeRules): void =>
    handle('authorize', [rules.path].flat(), (call) => steps.begin(rules, call));
}
