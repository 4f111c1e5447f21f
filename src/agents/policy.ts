import { isOperatorsApp } from '../issuance/consent/standing-scopes.ts';
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
  readonly connections: Pick<Connections, 'all' | 'findById'>;
  /** The aliases that clients without a policy of their own may use; undefined: all. */
  readonly open?: readonly string[] | undefined;
}

/** The rate limit of a client at one account, where its policy names none. */
const usualRate = { requests: 120, seconds: 60 };
/** All calls: reading needs the person's consent, and a change needs an approval too. */
const usualRules: readonly ProxyRule[] = [
  { methods: ['GET', 'HEAD'], path: '/**' },
  { methods: ['POST', 'PUT', 'PATCH', 'DELETE'], path: '/**' },
];

/**
 * An app with lines in its policy has those alone. A client without lines, as agents are that no operator has registered,
 * has the policy of the deployment. No agent is ever handed a token, and none acts in the background.
 */
export function createAgentPolicies({ apps, connections, open }: AgentPolicyDeps): AgentPolicies {
  const isOpen = (connection: Connection) =>
    connection.enabled &&
    connection.connector.family !== 'tokenless' &&
    (open?.includes(connection.alias) ?? true);

  const usual = async (connectionId: string): Promise<ConnectionPolicy | undefined> => {
    const connection = await connections.findById(connectionId);
    if (!connection || !isOpen(connection)) return undefined;
    return { scopes: [], proxy: usualRules, proxyHeaders: [], rate: usualRate, ...never };
  };
  const hasOwnLines = async (clientId: string) =>
    ((await apps.stored(clientId))?.connections.length ?? 0) > 0;
  const policyBy = (read: AppRegistry['policyOf']) => async (clientId: string, connectionId: string) => {
    if (!(await hasOwnLines(clientId))) return await usual(connectionId);
    const line = (await read(clientId)).get(connectionId);
    return line && { ...line, rate: line.rate ?? usualRate, ...never };
  };
  const policyOf = policyBy(apps.policyOf);

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
    policyNow: policyBy(apps.policyNow),
    connectionsOf,
    async givenTo(clientId) {
      const app = await apps.stored(clientId);
      return app && isOperatorsApp(app) && app.connections.length > 0 ? await connectionsOf(clientId) : [];
    },
  };
}

const never = { handout: false, background: false } as const;
