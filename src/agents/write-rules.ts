import { isDenied, type ProxyRule } from '../issuance/registry/proxy-rules.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { ConnectionPolicy, Permitted } from '../retrieval/permission.ts';
import { outgoingOf } from '../retrieval/proxy/outgoing.ts';
import { targetOf } from '../retrieval/proxy/target.ts';
import type { WrittenCall } from './approval-content.ts';
import type { AgentCall } from './ports.ts';

/** The operator's rules for the calls of all agents. Paths are below the base of each provider's API. */
export interface AgentRules {
  readonly denied: readonly ProxyRule[];
  readonly unasked: readonly ProxyRule[];
}

export interface JudgedCall {
  /** The call with the headers that leave. */
  readonly call: WrittenCall;
  /** The operator's word on the question; undefined: as the person chose. */
  readonly approval: 'never' | 'always' | undefined;
}

/** The most bytes of a body: a person has to read it. */
const mostBytes = 64 * 1024;

/**
 * Returns the call as the provider would receive it, with the operator's word on it. @throws Problem for a call that the
 * proxy would not make, so that no person is asked about it
 */
export function judge(
  { path, query, headers, body, method }: AgentCall,
  { connection, policy, rules }: { connection: Connection; policy: ConnectionPolicy; rules: AgentRules },
): JudgedCall {
  if (body !== null && !body.isWellFormed())
    throw new Problem('invalid_request', { detail: 'The body is not valid Unicode.' });
  if (body !== null && Buffer.byteLength(body) > mostBytes)
    throw new Problem('payload_too_large', { detail: 'A body for approval has 64 KiB at most.' });
  const permitted = { connection, policy } as Permitted;
  const outgoing = outgoingOf(permitted, { method, path, query, headers });
  const { api } = connection.registration.endpoints;
  const { slashInNames } = connection.connector;
  const { readings } = targetOf(api, { path, query, slashInNames });
  const denied = rules.denied.map((rule) => ({ ...rule, deny: true as const }));
  if (isDenied(denied, { method, readings }))
    throw new Problem('connection_not_allowed', { detail: 'The operator does not allow agents this call.' });
  const sent = Object.entries(headers).filter(
    ([name]) => outgoing.headers.has(name) && name !== 'accept-encoding',
  );
  const call = { api, connection: connection.alias, method, path, query, body };
  return {
    call: { ...call, headers: Object.fromEntries(sent) },
    approval: outgoing.rule.approval ?? unasked(permitted, rules, { method, path, query }),
  };
}

/** A rule that spares the question has to fit under each reading, as one that allows a call does. */
function unasked(
  permitted: Permitted,
  rules: AgentRules,
  call: Pick<AgentCall, 'method' | 'path' | 'query'>,
): 'never' | undefined {
  if (rules.unasked.length === 0) return undefined;
  const policy = { ...permitted.policy, proxy: rules.unasked };
  try {
    return outgoingOf({ ...permitted, policy }, { ...call, headers: {} }) && 'never';
  } catch {
    return undefined;
  }
}
