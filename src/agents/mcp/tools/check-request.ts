import { z } from 'zod';
import type { ConnectRequests } from '../../../dialects/auth0/connect-requests.ts';
import { Problem } from '../../../kit/problem.ts';
import type { StoredCalls } from '../../ports.ts';
import { agentScopes, answer, defineTool, type Tool } from './tool.ts';

export interface CheckRequestDeps {
  readonly connectRequests: Pick<ConnectRequests, 'stateOf'>;
  readonly storedCalls: Pick<StoredCalls, 'find'>;
}

/** A process that ends in between leaves an approval used, whatever the provider did. */
const sentOnce =
  'It was sent once at most. Without its answer, the outcome is unknown: look at the service before you ask again.';

/** Returns the tool that tells how a question to the person stands. */
export function checkRequest({ connectRequests, storedCalls }: CheckRequestDeps): Tool {
  return defineTool({
    name: 'check_request',
    title: 'Check a request',
    description:
      'Tells whether the person has decided on an approval, or has connected an account, that you asked for.',
    scopes: [agentScopes.read],
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: z.object({
      request: z.string().min(1).max(100).describe('The value of request in an earlier answer'),
    }),
    output: z.looseObject({
      status: z.string().describe('pending, approved, denied, used, expired or connected'),
      request: z.string().optional(),
      approval_url: z.string().optional(),
      hint: z.string().optional(),
    }),
    async run({ request }, { client: { token }, note }) {
      const { userId, clientId } = token;
      note({ outcome: 'done' });
      const stored = await storedCalls.find(request, { userId, clientId });
      if (stored) {
        note({ approval: stored.id });
        const { state, url, expiresAt } = stored;
        const open = state === 'pending' ? { approval_url: url } : state === 'used' ? { hint: sentOnce } : {};
        return answer({ status: state, request, expires_at: expiresAt.toISOString(), ...open });
      }
      const state = await connectRequests.stateOf(request, { userId, appId: clientId });
      if (state === 'expired')
        throw new Problem('not_found', { detail: 'There is no such request, or it has expired.' });
      return answer({ status: state === 'arrived' ? 'connected' : 'pending', request });
    },
  });
}
