import { z } from 'zod';
import { createApprovedCalls } from '../approved-calls.ts';
import { accountArgument, headersArgument, pathArgument, queryArgument, splitPath } from './arguments.ts';
import { type CallApiDeps, connectingWhere, lowerCased, providerOutput } from './call-api.ts';
import { agentScopes, defineTool, type Tool } from './tool.ts';

const mostBody = 64 * 1024;

/** Returns the tool that changes something by a provider's API: the call that the person has approved, once. */
export function changeApi(deps: CallApiDeps): Tool {
  const { providers } = deps;
  const runApproved = createApprovedCalls(deps);

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
    output: providerOutput,
    run: (input, call) =>
      connectingWhere(deps, call, input.account, async () => {
        const { account, method, body = null, reason } = input;
        const headers = lowerCased({
          ...(body !== null && { 'content-type': 'application/json' }),
          ...lowerCased(input.headers ?? {}),
        });
        const where = splitPath(input.path, input.query);
        // Noted first, so that a refusal has it too.
        call.note({ reason });
        const { permitted } = await providers.allow(call, { account, method, headers, ...where });
        const { identity, connection } = permitted;
        const place = { identityId: identity.id, connection: connection.alias };
        return await runApproved(call, { ...place, method, ...where, headers, body }, reason);
      }),
  });
}
