import { platformTitle } from '../../connectors/contract/names.ts';
import type { ConnectRequests } from '../../dialects/auth0/connect-requests.ts';
import { Problem } from '../../kit/problem.ts';
import type { Connection } from '../../login/connections.ts';
import type { AgentLimits } from '../limits.ts';
import { askByLink, hasDeclined } from './asking.ts';
import type { RequestState, RequestStates } from './request-state.ts';
import { answer, refusal, type ToolAnswer, type ToolCall } from './tools/tool.ts';

export interface ConnectingDeps {
  readonly issuer: string;
  readonly connectRequests: Pick<ConnectRequests, 'beginForAgent' | 'stateOf'>;
  readonly states: RequestStates;
  readonly limits: Pick<AgentLimits, 'links'>;
}

export interface Needed {
  readonly connection: Connection;
  /** The reason in a word: `not_connected`, or why the provider no longer accepts the grant. */
  readonly reason: string;
  /** Upstream scopes beyond those of the connection. */
  readonly scopes?: readonly string[];
}

/** Asks the person to connect an account, or to authorise it again. */
export type AskToConnect = (call: ToolCall, needed: Needed) => Promise<ToolAnswer>;

export function createAskToConnect({
  issuer,
  connectRequests,
  states,
  limits,
}: ConnectingDeps): AskToConnect {
  async function openTicket(call: ToolCall, { connection, scopes = [] }: Needed) {
    const { userId, clientId } = call.client.token;
    const pair = { userId, appId: clientId };
    const known = call.context.mcpReq.requestState<RequestState>()?.ticket;
    // The client's word that the link was opened counts for nothing: the state of the request does.
    if (known !== undefined && (await connectRequests.stateOf(known, pair)) === 'open') return known;
    const ask = { ...pair, connectionId: connection.id, scopes: [...new Set(scopes)].toSorted() };
    return (await connectRequests.beginForAgent(ask, limits.links)).ticket;
  }

  return async (call, needed) => {
    const { connection, reason } = needed;
    const { alias, connector } = connection;
    call.note({ outcome: 'connect', connection: alias });
    const platform = platformTitle(connector).en;
    if (hasDeclined(call))
      return refusal('declined', `The person did not connect ${platform}.`, { connection: alias });
    const ticket = await openTicket(call, needed);
    const url = `${issuer}/account/connect?ticket=${ticket}`;
    return await askByLink(states, call, {
      url,
      message: `Allow the use of your ${platform} account.`,
      ticket,
      otherwise: answer(
        { status: 'connection_required', connection: alias, reason, connect_url: url, request: ticket },
        `The person has to allow the use of ${platform} first. Ask them to open this link in their browser, and call again afterwards: ${url}`,
      ),
    });
  };
}

/** Returns the request for a connection that a refusal amounts to; undefined: connecting would not help. */
export function neededFor(error: unknown, connection: Connection | undefined): Needed | undefined {
  if (!(error instanceof Problem) || !connection?.enabled) return undefined;
  switch (error.code) {
    case 'insufficient_scope':
    case 'identity_not_found':
      return { connection, reason: 'not_connected' };
    case 'reauthorization_required':
      return { connection, reason: String(error.members.reason ?? 'reauthorization_required') };
    case 'insufficient_upstream_scope': {
      const { missing } = error.members;
      const scopes = Array.isArray(missing) ? missing.map(String) : [];
      return { connection, reason: 'scopes', scopes };
    }
    default:
      return undefined;
  }
}
