import { z } from 'zod';
import { missingScopes } from '../../../connectors/contract/scope-cover.ts';
import { Problem } from '../../../kit/problem.ts';
import type { Connections } from '../../../login/connections.ts';
import { type PermissionDeps, permit } from '../../../retrieval/permit.ts';
import type { Vault } from '../../../vault/vault.ts';
import { type AgentCallerDeps, agentCaller } from '../../agent-caller.ts';
import type { AgentPolicies } from '../../policy.ts';
import { type AskToConnect, type Needed, neededFor } from '../connecting.ts';
import { agentScopes, answer, defineTool, type Tool } from './tool.ts';

export interface ConnectAccountDeps extends AgentCallerDeps {
  readonly connections: Pick<Connections, 'find'>;
  readonly vault: Pick<Vault, 'health'>;
  readonly policies: AgentPolicies;
  readonly permission: PermissionDeps;
  readonly ask: AskToConnect;
}

/** Returns the tool that asks the person to connect an account, or to authorise it again. */
export function connectAccount(deps: ConnectAccountDeps): Tool {
  const { connections, vault, policies, ask } = deps;
  return defineTool({
    name: 'connect_account',
    title: 'Connect an account',
    description:
      'Asks the person to allow the use of an account at a provider, or to authorise it again. Answers with a link for the person, or with the account once it is connected.',
    scopes: [agentScopes.read],
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    input: z.object({
      connection: z.string().min(1).max(64).describe('The alias from list_accounts'),
      scopes: z
        .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/))
        .max(20)
        .optional()
        .describe("The provider's own scopes that you need beyond the usual ones"),
    }),
    output: z.looseObject({
      status: z.string().describe('connected or connection_required'),
      connection: z.string().optional(),
      account: z.string().optional(),
      connect_url: z.string().optional(),
    }),
    async run({ connection: alias, scopes = [] }, call) {
      const { token } = call.client;
      const connection = await connections.find(alias);
      const policy = connection && (await policies.policyOf(token.clientId, connection.id));
      if (!connection?.enabled || !policy) throw new Problem('connection_not_allowed');
      call.note({ connection: alias });
      if (policy.scopes.length > 0 && missingScopes(connection.connector, policy.scopes, scopes).length > 0)
        throw new Problem('connection_not_allowed', { detail: 'The policy does not allow these scopes.' });

      const found = await permitted();
      return 'account' in found
        ? answer({ status: 'connected', connection: alias, ...found })
        : await ask(call, found);

      /** Returns the account, or what is missing. */
      async function permitted(): Promise<{ readonly account: string } | Needed> {
        if (!connection) throw new Problem('connection_not_allowed');
        try {
          const caller = await agentCaller(deps, token, 'now');
          const { identity } = await permit(deps.permission, caller, { ref: alias });
          const health = (await vault.health([{ id: identity.id, connection }])).get(identity.id);
          if (!health || health.state === 'reauthorization_required' || health.state === 'revoked')
            return { connection, reason: health?.reason ?? 'not_connected', scopes };
          const missing = missingScopes(connection.connector, health.scopes, scopes);
          if (missing.length > 0) return { connection, reason: 'scopes', scopes: missing };
          call.note({ outcome: 'done', identityId: identity.id });
          return { account: identity.id };
        } catch (error) {
          const needed = neededFor(error, connection);
          if (!needed) throw error;
          return { ...needed, scopes };
        }
      }
    },
  });
}
