import { approvalOf } from '../issuance/registry/proxy-rules.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { ConnectionPolicy, Permitted } from '../retrieval/permission.ts';
import { outgoingOf } from '../retrieval/proxy/outgoing.ts';
import type { WrittenCall } from './approval-content.ts';
import type { AgentCall } from './ports.ts';

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
  { connection, policy }: { connection: Connection; policy: ConnectionPolicy },
): JudgedCall {
  if (body !== null && !body.isWellFormed())
    throw new Problem('invalid_request', { detail: 'The body is not valid Unicode.' });
  if (body !== null && Buffer.byteLength(body) > mostBytes)
    throw new Problem('payload_too_large', { detail: 'A body for approval has 64 KiB at most.' });
  const permitted = { connection, policy } as Permitted;
  const outgoing = outgoingOf(permitted, { method, path, query, headers });
  const { api } = connection.registration.endpoints;
  const sent = Object.entries(headers).filter(
    ([name]) => outgoing.headers.has(name) && name !== 'accept-encoding',
  );
  const call = { api, connection: connection.alias, method, path, query, body };
  return {
    call: { ...call, headers: Object.fromEntries(sent) },
    approval: approvalOf(policy.proxy, { method, readings: outgoing.readings }),
  };
}
