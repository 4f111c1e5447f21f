import type { Request } from 'express';
import type { Events } from '../kit/events/events.ts';
import { Problem } from '../kit/problem.ts';
import type { AdminCaller } from './caller.ts';

type Authorize = (request: Request) => Promise<AdminCaller>;

const refusals: ReadonlySet<string> = new Set(['invalid_token', 'insufficient_scope', 'forbidden']);

/**
 * Records callers whose token is refused, as `admin.refused`. Such events are rationed, and nothing is locked: the next
 * call with the right token succeeds. A request without a token is no guess, and leaves no event.
 */
export function recordRefusals(authorize: Authorize, { events }: { readonly events: Events }): Authorize {
  return async (request) => {
    try {
      return await authorize(request);
    } catch (error) {
      const isRefusal = error instanceof Problem && refusals.has(error.code);
      if (isRefusal && request.headers.authorization !== undefined)
        await events.record({ type: 'admin.refused', unproven: true, detail: { why: error.code } });
      throw error;
    }
  };
}
