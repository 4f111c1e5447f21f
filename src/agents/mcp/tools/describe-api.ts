import { z } from 'zod';
import { platformTitle } from '../../../connectors/contract/names.ts';
import { Problem } from '../../../kit/problem.ts';
import type { Connections } from '../../../login/connections.ts';
import { usualHeaders } from '../../../retrieval/proxy/allowed-headers.ts';
import type { AgentPolicies } from '../../policy.ts';
import { isRead } from '../../ports.ts';
import { agentScopes, answer, defineTool, type Tool } from './tool.ts';

export interface DescribeApiDeps {
  readonly connections: Pick<Connections, 'find'>;
  readonly policies: AgentPolicies;
}

const rule = z.looseObject({ methods: z.array(z.string()), path: z.string() });

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
        .describe('A part of a path; only rules whose path has it are listed'),
    }),
    output: z.looseObject({
      status: z.string(),
      connection: z.string().optional(),
      provider: z.string().optional(),
      base: z.string().optional().describe('Paths of call_api are below it'),
      read: z.array(rule).optional(),
      change: z.array(rule).optional(),
      denied: z.array(rule).optional().describe('Refused, whatever other rules say'),
      headers: z.array(z.string()).optional(),
      notes: z.array(z.string()).optional(),
    }),
    async run({ connection: alias, query = '' }, { client: { token }, note }) {
      const connection = await connections.find(alias);
      const policy = connection && (await policies.policyOf(token.clientId, connection.id));
      if (!connection?.enabled || !policy) throw new Problem('connection_not_allowed');
      note({ outcome: 'done', connection: alias });
      const { connector, registration } = connection;
      const rules = policy.proxy.filter(({ path }) => path.includes(query));
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
        headers: [...new Set([...usualHeaders, ...(connector.apiHeaders ?? []), ...policy.proxyHeaders])],
        notes: [
          'A path begins with a slash and is written below the base. In a rule, * stands for one segment, and a final ** for any rest.',
          'The token and the headers that the API always wants are added for you. You never receive a token.',
          'Redirects are not followed. The header location shows the path to call next.',
          'A change is shown to the person first, unless they decided otherwise. A rule with approval always asks the person each time, for reads too.',
        ],
      });
    },
  });
}
