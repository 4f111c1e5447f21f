import { z } from 'zod';
import { Problem } from '../../../kit/problem.ts';
import type { AgentCall, StoredCallAnswer, StoredCalls } from '../../ports.ts';
import { askByLink, hasDeclined } from '../asking.ts';
import type { RequestState, RequestStates } from '../request-state.ts';
import { accountArgument, headersArgument, pathArgument, queryArgument, splitPath } from './arguments.ts';
import { type CallApiDeps, connectingWhere, lowerCased, providerAnswer, providerOutput } from './call-api.ts';
import {
  agentScopes,
  answer,
  defineTool,
  refusal,
  type Tool,
  type ToolAnswer,
  type ToolCall,
} from './tool.ts';

export interface ChangeApiDeps extends CallApiDeps {
  readonly storedCalls: StoredCalls;
  readonly states: RequestStates;
}

const mostBody = 64 * 1024;

/** Returns the tool that changes something by a provider's API: the call that the person has approved, once. */
export function changeApi(deps: ChangeApiDeps): Tool {
  const { providers, permissions, storedCalls, states } = deps;

  /** Runs exactly the call that was stored, so that the person has seen what is sent. */
  async function runStored(call: ToolCall, id: string, asked: AgentCall): Promise<ToolAnswer> {
    const { userId, clientId } = call.client.token;
    const stored = await storedCalls.take(id, { userId, clientId, ...asked });
    if (!stored)
      return refusal('approval_used', 'This approval was used already, or has ended.', { request: id });
    const { identityId: account, connection, method, path, query, headers, body, reason } = stored;
    const request = { account, method, path, query, headers, body, reason };
    // The answer can hold anything of the account: a search or a GraphQL query is a POST too.
    await permissions.noteRead({ userId, clientId, identityId: account });
    return providerAnswer(connection, await providers.send(call, request));
  }

  async function askPerson(call: ToolCall, { id, url, expiresAt }: StoredCallAnswer): Promise<ToolAnswer> {
    call.note({ outcome: 'ask' });
    if (hasDeclined(call)) return refusal('declined', 'The person did not open the page.', { request: id });
    return await askByLink(states, call, {
      url,
      message: 'Look at a change that an agent wants to make, and decide.',
      ticket: id,
      otherwise: answer(
        { status: 'approval_required', request: id, approval_url: url, expires_at: expiresAt.toISOString() },
        `The person has to approve this change first. Ask them to open this link in their browser. Afterwards make the very same call again: ${url}`,
      ),
    });
  }

  return defineTool({
    name: 'change_api',
    title: 'Change something by an API',
    description:
      "Changes something at a provider with the person's account (POST, PUT, PATCH or DELETE). The person is usually asked first, and sees this very call. After the approval make the same call again, unchanged.",
    scopes: [agentScopes.read, agentScopes.call, agentScopes.write],
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    input: z.object({
      account: accountArgument,
      method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
      path: pathArgument,
      query: queryArgument,
      headers: headersArgument,
      body: z
        .string()
        .max(mostBody)
        .optional()
        .describe('JSON, unless the header content-type names another type'),
      reason: z.string().trim().min(1).max(256).describe('Why, in one sentence for the person'),
    }),
    output: providerOutput.extend({ request: z.string().optional(), approval_url: z.string().optional() }),
    run: (input, call) =>
      connectingWhere(deps, call, input.account, async () => {
        const { account, method, body = null, reason } = input;
        const headers = lowerCased({
          ...(body !== null && { 'content-type': 'application/json' }),
          ...lowerCased(input.headers ?? {}),
        });
        const where = splitPath(input.path, input.query);
        call.note({ reason });
        const { permitted } = await providers.allow(call, { account, method, headers, ...where });
        const { userId, clientId } = call.client.token;
        const pair = { userId, clientId };
        const asked: AgentCall = {
          identityId: permitted.identity.id,
          connection: permitted.connection.alias,
          method,
          ...where,
          headers,
          body,
        };
        const earlier = call.context.mcpReq.requestState<RequestState>()?.ticket;
        const known = earlier === undefined ? undefined : await storedCalls.find(earlier, pair);
        const stored =
          known?.state === 'denied' ? known : await storedCalls.request({ ...pair, ...asked, reason });
        call.note({ approval: stored.id });
        switch (stored.state) {
          case 'approved':
            return await runStored(call, stored.id, asked);
          case 'pending':
            return await askPerson(call, stored);
          default:
            throw new Problem('consent_required', { detail: 'The person did not approve this change.' });
        }
      }),
  });
}
