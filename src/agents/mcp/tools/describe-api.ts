import { z } from 'zod';
import { platformTitle } from '../../../connectors/contract/names.ts';
import { Problem } from '../../../kit/problem.ts';
import type { Connections } from '../../../login/connections.ts';
import { usualHeaders } from '../../../retrieval/proxy/allowed-headers.ts';
import type { AgentPolicies } from '../../policy.ts';
import { isRead } from '../../ports.ts';
import { describedOperations } from './described-operations.ts';
import { agentScopes, answer, defineTool, type Tool } from './tool.ts';

export interface DescribeApiDeps {
  readonly connections: Pick<Connections, 'find' | 'operationsOf'>;
  readonly policies: AgentPolicies;
}

const rule = z.looseObject({ methods: z.array(z.string()), path: z.string() });
const operation = z.looseObject({
  method: z.string(),
  path: z.string(),
  operationId: z.string().optional(),
  summary: z.string().optional(),
  call: z
    .enum(['read', 'ask', 'write'])
    .describe(
      'read and write: without a question, unless the person chose one; ask: the person is asked first',
    ),
});

/** Returns the tool that describes the API of a connection, and the calls of it that are allowed. */
export function describeApi({ connections, policies }: DescribeApiDeps): Tool {
  return defineTool({
    name: 'describe_api',
    title: 'Describe an API',
    description:
      "Describes the API of a connection: its base address, how paths are written, the headers that you may send, and the calls that the operator allows. You know the provider's own documentation; this tool tells what is special here.",
    scopes: [agentScopes.read],
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: z.object({
      connection: z.string().min(1).max(64).describe('The alias from list_accounts'),
      query: z
        .string()
        .max(200)
        .optional()
        .describe(
          'Words for operations, such as "create issue". Without operations: a part of a path, and only rules whose path has it are listed',
        ),
    }),
    output: z.looseObject({
      status: z.string(),
      connection: z.string().optional(),
      provider: z.string().optional(),
      base: z.string().optional().describe('Paths of call_api are below it'),
      read: z.array(rule).optional(),
      change: z.array(rule).optional(),
      denied: z.array(rule).optional().describe('Refused, whatever other rules say'),
      operations: z
        .array(operation)
        .optional()
        .describe("Found in the operator's OpenAPI document, as far as the rules allow them"),
      truncated: z.boolean().optional().describe('There are more operations: ask with other words'),
      headers: z.array(z.string()).optional(),
      notes: z.array(z.string()).optional(),
    }),
    async run({ connection: alias, query = '' }, { client: { token }, note }) {
      const connection = await connections.find(alias);
      const policy = connection && (await policies.policyOf(token.clientId, connection.id));
      if (!connection?.enabled || !policy) throw new Problem('connection_not_allowed');
      note({ outcome: 'done', connection: alias });
      const { connector, registration } = connection;
      const documented = await connections.operationsOf(connection);
      const rules = policy.proxy.filter(({ path }) => documented || path.includes(query));
      const allowing = (reads: boolean) =>
        rules.flatMap(({ methods, path, approval, deny }) => {
          const some = deny ? [] : methods.filter((method) => isRead({ method }) === reads);
          return some.length > 0 ? [{ methods: some, path, ...(approval && { approval }) }] : [];
        });
      const denied = rules.flatMap(({ methods, path, deny }) => (deny ? [{ methods, path }] : []));
      return answer({
        status: 'ok',
        connection: alias,
        provider: platformTitle(connector).en,
        base: registration.endpoints.api,
        read: allowing(true),
        change: allowing(false),
        ...(denied.length > 0 && { denied }),
        ...(documented && describedOperations(documented, { rules, query })),
        headers: [...new Set([...usualHeaders, ...(connector.apiHeaders ?? []), ...policy.proxyHeaders])],
        notes: [
          ...(documented ? ["The operations are from the operator's OpenAPI document."] : []),
          'A path begins with a slash and is written below the base. In a rule, * stands for one segment, and a final ** for any rest.',
          'The token and the headers that the API always wants are added for you. You never receive a token.',
          'Redirects are not followed. The header location shows the path to call next.',
          'A change is shown to the person first, unless they decided otherwise. A rule with approval always asks the person each time, for reads too.',
        ],
      });
    },
  });
}
