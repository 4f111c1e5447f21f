import { isOperatorsApp } from '../issuance/consent/standing-scopes.ts';
import type { ApiRegistry } from '../issuance/registry/apis.ts';
import type { AppRegistry } from '../issuance/registry/apps.ts';
import type { ProxyRule } from '../issuance/registry/proxy-rules.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { ConnectionPolicy } from '../retrieval/permission.ts';

/** The use of connections that the operator allows to agents. */
export interface AgentPolicies {
  /** Returns the policy of a client for a connection, through a cache; undefined: the client may not use it. */
  policyOf(clientId: string, connectionId: string): Promise<ConnectionPolicy | undefined>;
  /** Returns the same, past the cache. */
  policyNow(clientId: string, connectionId: string): Promise<ConnectionPolicy | undefined>;
  /** Returns the enabled connections that the client may use, by alias. */
  connectionsOf(clientId: string): Promise<readonly Connection[]>;
  /** Returns the connections of an operator's own app, whose users are not asked; none for another client. */
  givenTo(clientId: string): Promise<readonly Connection[]>;
}

export interface AgentPolicyDeps {
  readonly apps: Pick<AppRegistry, 'stored' | 'policyOf' | 'policyNow'>;
  readonly apis: Pick<ApiRegistry, 'byIdentifier' | 'now'>;
  readonly connections: Pick<Connections, 'all' | 'findById'>;
  /** The identifier of the agents' API, whose policy is that of clients without lines. */
  readonly resource: string;
  /** The rate limit of a client at one account, where its policy names none. */
  readonly callsAMinute: number;
}

/** All calls: reading needs the person's consent, and a change needs an approval too. */
const usualRules: readonly ProxyRule[] = [
  { methods: ['GET', 'HEAD'], path: '/**' },
  { methods: ['POST', 'PUT', 'PATCH', 'DELETE'], path: '/**' },
];

const revisionOf = (api: { readonly version: number } | undefined) => `api ${api?.version ?? 'none'}`;

const never = { handout: false, background: false } as const;

/**
 * An app with lines in its policy has those, and what the agents' API denies is denied to it too. A client without lines, as agents are that no operator has registered,
 * has the policy of the agents' API, and without lines there all connections. No agent is ever handed a token, and none acts
 * in the background.
 */
export function createAgentPolicies(deps: AgentPolicyDeps): AgentPolicies {
  const { apps, apis, connections, resource, callsAMinute } = deps;
  const usualRate = Number.isFinite(callsAMinute) ? { requests: callsAMinute, seconds: 60 } : null;

  /** Returns a line of a policy as it counts for agents. */
  const asAgents = (
    line: Omit<ConnectionPolicy, 'background'> | undefined,
    revision: string,
  ): ConnectionPolicy | undefined => {
    if (!line) return undefined;
    const { scopes, proxy, proxyHeaders, rate } = line;
    return { scopes, proxy, proxyHeaders, rate: rate ?? usualRate, revision, ...never };
  };
  const apiOf = async (asOf?: 'now') => {
    const known = await apis.byIdentifier(resource);
    return known && asOf ? await apis.now(known.id) : known;
  };
  const usual = async (connectionId: string, asOf?: 'now'): Promise<ConnectionPolicy | undefined> => {
    const connection = await connections.findById(connectionId);
    if (!connection?.enabled || connection.connector.family === 'tokenless') return undefined;
    const api = await apiOf(asOf);
    const revision = revisionOf(api);
    if (!api || api.connections.length === 0)
      return { scopes: [], proxy: usualRules, proxyHeaders: [], rate: usualRate, revision, ...never };
    const line = api.connections.find((one) => one.connectionId === connectionId);
    return asAgents(line, revision);
  };
  const policyBy = (asOf?: 'now') => async (clientId: string, connectionId: string) => {
    if (((await apps.stored(clientId))?.connections.length ?? 0) === 0)
      return await usual(connectionId, asOf);
    const lines = await (asOf ? apps.policyNow : apps.policyOf)(clientId);
    const line = lines.get(connectionId);
    const api = await apiOf(asOf);
    const forAll = api?.connections.find((one) => one.connectionId === connectionId);
    const denied = forAll?.proxy.filter(({ deny }) => deny) ?? [];
    return (
      line && asAgents({ ...line, proxy: [...line.proxy, ...denied] }, `${line.revision}, ${revisionOf(api)}`)
    );
  };
  const policyOf = policyBy();

  const connectionsOf = async (clientId: string) => {
    const all = (await connections.all()).filter(
      ({ enabled, connector }) => enabled && connector.family !== 'tokenless',
    );
    const allowed = await Promise.all(
      all.map(async (one) => ((await policyOf(clientId, one.id)) ? [one] : [])),
    );
    return allowed.flat().toSorted((one, other) => (one.alias < other.alias ? -1 : 1));
  };

  return {
    policyOf,
    policyNow: policyBy('now'),
    connectionsOf,
    async givenTo(clientId) {
      const app = await apps.stored(clientId);
      return app && isOperatorsApp(app) && app.connections.length > 0 ? await connectionsOf(clientId) : [];
    },
  };
}
