import type { Identities } from '../../identities/identities.ts';
import { approvalOf, type ProxyMethod, type ProxyRule } from '../../issuance/registry/proxy-rules.ts';
import { isId } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import type { Connections } from '../../login/connections.ts';
import type { Permitted } from '../../retrieval/permission.ts';
import { permit } from '../../retrieval/permit.ts';
import { outgoingOf } from '../../retrieval/proxy/outgoing.ts';
import { type ProxyCall, type ProxyDeps, proxyCall } from '../../retrieval/proxy/proxy-call.ts';
import { type AgentCallerDeps, agentCaller } from '../agent-caller.ts';
import type { AgentPermission, AgentPermissions } from '../ports.ts';
import { type ProviderAnswer, readProviderAnswer } from './provider-answer.ts';
import type { ToolCall } from './tools/tool.ts';

export interface CallProviderDeps extends AgentCallerDeps {
  readonly proxy: ProxyDeps;
  readonly connections: Pick<Connections, 'find' | 'findById'>;
  readonly identities: Pick<Identities, 'briefsOfUser'>;
  readonly permissions: AgentPermissions;
}

export interface AgentRequest {
  /** The id of a linked account, or the alias of a connection. */
  readonly account: string;
  readonly method: ProxyMethod;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | null | undefined;
  readonly reason?: string | undefined;
}

/** A request that policy and consent allow, with the person's own permission for it. */
export interface AllowedRequest {
  readonly permitted: Permitted;
  readonly permission: AgentPermission;
  readonly request: AgentRequest;
  /** The operator's word on the question before this call. */
  readonly approval: ProxyRule['approval'];
}

export interface Providers {
  /** Checks a request against policy, consent and permission, and sends nothing. @throws Problem */
  allow(call: ToolCall, request: AgentRequest): Promise<AllowedRequest>;
  /** Sends a request through the proxy. @throws Problem */
  send(call: ToolCall, request: AgentRequest): Promise<ProviderAnswer>;
}

const longestCall = 60_000;

export function createProviders(deps: CallProviderDeps): Providers {
  const { proxy, permissions } = deps;

  return {
    async allow({ client, note }, request) {
      const caller = await agentCaller(deps, client.token);
      note({ method: request.method });
      const permitted = await permit(proxy, caller, {
        ref: request.account,
        found: ({ alias }, identity) =>
          note({ connection: alias, ...(identity && { identityId: identity.id }) }),
      });
      const { identity, connection, policy } = permitted;
      if (policy.revision !== undefined) note({ policy: policy.revision });
      const { rule, readings } = outgoingOf(permitted, request);
      note({ rule: rule.path });
      const { userId, clientId } = client.token;
      const permission = await permissions.of({
        userId,
        clientId,
        connectionId: connection.id,
        identityId: identity.id,
      });
      note({ mode: permission.mode });
      if (permission.mode === 'none')
        throw new Problem('consent_required', {
          detail: 'The person does not allow this now.',
          members: { consent_url: permission.url },
        });
      const { method } = request;
      const approval = approvalOf(policy.proxy, { method, readings });
      return { permitted, permission, request, approval };
    },
    async send({ client, context, note }, request) {
      const caller = await agentCaller(deps, client.token);
      const upload: ProxyCall['upload'] = async () =>
        request.body
          ? { kind: 'kept', bytes: new Uint8Array(Buffer.from(request.body, 'utf8')) }
          : { kind: 'none' };
      const proxied = await proxyCall(proxy, caller, {
        ref: request.account,
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        reason: request.reason,
        upload,
        signal: AbortSignal.any([context.mcpReq.signal, AbortSignal.timeout(longestCall)]),
      });
      const { bytes, ...answer } = await readProviderAnswer(proxied);
      note({ outcome: 'done', status: answer.status, bytes });
      return answer;
    },
  };
}

/** Returns the connection that an argument names, by its alias or by an account of the person. */
export async function connectionNamed(
  { connections, identities }: Pick<CallProviderDeps, 'connections' | 'identities'>,
  userId: string,
  ref: string,
) {
  if (!isId('idn', ref)) return await connections.find(ref);
  const mine = (await identities.briefsOfUser(userId)).find(({ id }) => id === ref);
  return mine && (await connections.findById(mine.connectionId));
}
