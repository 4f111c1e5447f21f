import { createMcpHandler } from '@modelcontextprotocol/server';
import type { Router } from 'express';
import type { ConnectRequests } from '../dialects/auth0/connect-requests.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import { agentsApiWords } from '../issuance/registry/own-api-words.ts';
import { hasPagesAt } from '../issuance/registry/redirect-uris.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Logger } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import { Problem } from '../kit/problem.ts';
import type { Readiness } from '../kit/readiness.ts';
import type { Connections } from '../login/connections.ts';
import type { ProxyDeps } from '../retrieval/proxy/proxy-call.ts';
import type { AgentLimits } from './limits.ts';
import { createProviders } from './mcp/call-provider.ts';
import { createAskToConnect } from './mcp/connecting.ts';
import { createLegacySessions } from './mcp/legacy-session.ts';
import { createRequestStates } from './mcp/request-state.ts';
import { mcpRoutes } from './mcp/routes.ts';
import { createMcpServers } from './mcp/server.ts';
import { callApi } from './mcp/tools/call-api.ts';
import { changeApi } from './mcp/tools/change-api.ts';
import { checkRequest } from './mcp/tools/check-request.ts';
import { connectAccount } from './mcp/tools/connect-account.ts';
import { describeApi } from './mcp/tools/describe-api.ts';
import { listAccounts } from './mcp/tools/list-accounts.ts';
import { agentScopes } from './mcp/tools/tool.ts';
import type { AgentPolicies } from './policy.ts';
import type { AgentPermissions, StoredCalls } from './ports.ts';
import { agentsResource } from './resource.ts';

export interface AgentsDeps {
  readonly issuer: string;
  readonly keyring: Pick<Keyring, 'derive'>;
  readonly issuance: Pick<Issuance, 'apps' | 'apis' | 'standingScopes' | 'verifyAccessToken'>;
  readonly identities: Identities;
  readonly connections: Connections;
  readonly connectRequests: ConnectRequests;
  readonly retrieval: ProxyDeps;
  readonly metrics: Pick<Metrics, 'agentCall'>;
  readonly permissions: AgentPermissions;
  readonly storedCalls: StoredCalls;
  readonly agentPolicies: AgentPolicies;
  readonly limits: AgentLimits;
  readonly readiness: Pick<Readiness, 'onLeave'>;
  readonly log: Logger;
}

/**
 * The MCP server by which AI agents use a person's accounts. This room decides which agent may do what for whom, asks the
 * person, and calls providers through the proxy of retrieval. It holds no token, and gives none away.
 */
export async function createAgents(deps: AgentsDeps): Promise<Router> {
  const { issuer, keyring, issuance, retrieval, connections, identities, permissions, log } = deps;
  const resource = agentsResource(issuer);
  await ensureAgentsApi(issuance.apis, resource);
  const { agentPolicies: policies, limits } = deps;
  const states = createRequestStates(() => keyring.derive('mcp-request-state'));
  const sessions = createLegacySessions(() => keyring.derive('mcp-legacy-session'));
  // The same permission as everywhere, under the policies of agents.
  const proxy: ProxyDeps = {
    ...retrieval,
    policyOf: policies.policyOf,
    current: { ...retrieval.current, policyOf: policies.policyNow },
  };
  const acting = { standingScopes: issuance.standingScopes, policies, resource };
  const ask = createAskToConnect({ ...deps, states });
  const providers = createProviders({ ...acting, proxy, connections, identities, permissions });
  const common = { ...acting, ...deps, policies, providers, ask, states };
  const tools = [
    listAccounts({ ...common, vault: retrieval.vault }),
    connectAccount({ ...common, vault: retrieval.vault, permission: proxy }),
    describeApi(common),
    callApi(common),
    changeApi(common),
    checkRequest(common),
  ];
  const { retrievals } = retrieval;
  const build = createMcpServers({ tools, states, retrievals, metrics: deps.metrics, log });
  const handler = createMcpHandler(build, {
    // The tools never change while a process runs, so that a stream for news of them carries none.
    maxSubscriptions: limits.streamsInAll,
    onerror: (error) => log.debug({ err: error }, 'an MCP request was refused'),
  });
  const { verifyAccessToken } = issuance;
  const { readiness } = deps;
  const pages = async (clientId: string, at: string) => {
    const app = await issuance.apps.stored(clientId);
    return app !== undefined && hasPagesAt(at, app);
  };
  return mcpRoutes({
    issuer,
    resource,
    hasPagesAt: pages,
    handler,
    sessions,
    verifyAccessToken,
    readiness,
    limits,
    log,
  });
}

/**
 * Creates the API for which apps request tokens. Its policy and the rest of it are the operator's, so that a start changes
 * nothing of it.
 */
async function ensureAgentsApi(
  apis: Pick<Issuance['apis'], 'byIdentifier' | 'create'>,
  identifier: string,
): Promise<void> {
  if (await apis.byIdentifier(identifier)) return;
  const api = apis.create({
    identifier,
    name: agentsApiWords.name.en,
    // Apps that no operator has registered may ask for it, as far as the operator lets such apps in.
    clients: 'any',
    scopes: [
      { name: agentScopes.read, description: agentsApiWords.read.en },
      { name: agentScopes.call, description: agentsApiWords.call.en },
      {
        name: agentScopes.write,
        description: agentsApiWords.write.en,
        optional: true,
      },
    ],
  });
  // Another process that starts may have been quicker.
  await api.catch((error: unknown) => {
    if (!(error instanceof Problem) || error.code !== 'conflict') throw error;
  });
}
