import { createHash } from 'node:crypto';
import { accountTitle, platformTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import type { Identities } from '../identities/identities.ts';
import {
  type ApprovedDetail,
  type AskedCall,
  type CallDetail,
  type CallFault,
  callType,
  type ExactCalls,
} from '../issuance/tokens/call-details.ts';
import { after, type Clock, minutes } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { newId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { ConnectionPolicy } from '../retrieval/permission.ts';
import { checkBody } from '../retrieval/proxy/parameters.ts';
import { targetOf } from '../retrieval/proxy/target.ts';
import { type ContentSeal, digestOfContent, type WrittenCall } from './approval-content.ts';
import type { ApprovalStore } from './approval-store.ts';
import { digestOfExactCall, pinnedHeaders, writtenBody } from './exact-call-form.ts';
import { judge } from './write-rules.ts';

/** The most bytes of a body. The whole request has 56 KiB, and a form writes many signs as three. */
const mostBytes = 32 * 1024;
/** The time to use an approved call. */
const usableFor = minutes(10);

export interface ExactCallDeps {
  readonly store: ApprovalStore;
  readonly seal: ContentSeal;
  readonly connections: Pick<Connections, 'find'>;
  readonly identities: Pick<Identities, 'ofUser'>;
  /** Returns the policy of an app, as everywhere at the proxy. */
  readonly appPolicyOf: (clientId: string, connectionId: string) => Promise<ConnectionPolicy | undefined>;
  readonly events: Pick<Events, 'record'>;
  readonly clock: Clock;
}

/** Judges the calls that apps ask people for (RFC 9396), and stores those that people have approved, each for one use. */
export function createExactCalls(deps: ExactCallDeps): ExactCalls {
  const { store, seal, connections, identities, events, clock } = deps;

  async function placed(clientId: string, detail: CallDetail) {
    const connection = await connections.find(detail.connection);
    const policy = connection && (await deps.appPolicyOf(clientId, connection.id));
    const isUsable = connection?.enabled && connection.connector.family !== 'tokenless';
    return isUsable && policy ? { connection, policy } : undefined;
  }

  return {
    async faultOf(clientId, detail) {
      const place = await placed(clientId, detail);
      if (!place) return { field: 'connection', fault: 'is none that this app may use' };
      const result = written(detail, place);
      return 'fault' in result ? result : undefined;
    },
    async asked({ userId, clientId }, details) {
      const all = await identities.ofUser(userId);
      const calls: AskedCall[] = [];
      for (const detail of details) {
        const place = await placed(clientId, detail);
        const result = place && written(detail, place);
        if (!place || !result || 'fault' in result)
          return { field: 'connection', fault: 'may no longer be used so by this app' };
        const mine = all.filter(({ connectionId }) => connectionId === place.connection.id);
        const { identity, reason } = detail;
        const fitting = mine.filter(({ id }) => identity === undefined || id === identity);
        if (fitting.length === 0)
          return {
            field: identity === undefined ? 'connection' : 'identity',
            fault: 'is no account of this person',
          };
        const { connector } = place.connection;
        const account = accountTitle(connector);
        const accounts = fitting.map(({ id, name }) => {
          const shown = displayText(name) || undefined;
          return { id, name: { en: shown ?? account.en, zh: shown ?? account.zh } };
        });
        calls.push({ ...result, reason, platform: platformTitle(connector), accounts });
      }
      return calls;
    },
    async approve({ userId, clientId }, calls) {
      const now = clock.now();
      const mine = await identities.ofUser(userId);
      const approved: ApprovedDetail[] = [];
      for (const { call, isJson, identityId } of calls) {
        const connection = await connections.find(call.connection);
        const identity = mine.find(({ id }) => id === identityId);
        // The connection or the account has gone, or its place has moved, since the page was shown.
        if (connection?.registration.endpoints.api !== call.api || identity?.connectionId !== connection.id)
          throw new Problem('identity_not_found', { detail: gone });
        const id = newId('apr');
        const content = { call };
        const place = { userId, clientId, connectionId: connection.id, identityId };
        await store.insert({
          id,
          kind: 'exact_call',
          userId,
          appId: clientId,
          connectionId: connection.id,
          identityId,
          digest: digestOfExactCall(place, call, isJson),
          seen: digestOfContent(content),
          state: 'approved',
          decidedBy: 'person',
          decidedAt: now,
          createdAt: now,
          expiresAt: after(now, usableFor),
          content: seal.seal(id, content),
        });
        approved.push(approvedDetailOf(id, identityId, call));
      }
      for (const { identifier: approval, identity: identityId, connection, method } of approved) {
        const detail = { approval, kind: 'exact_call', method };
        await events.record({
          type: 'approval.approved',
          userId,
          appId: clientId,
          identityId,
          connection,
          detail,
        });
      }
      return approved;
    },
    async granted({ userId, clientId }, identifiers) {
      const details = identifiers.map(async (id) => {
        const row = await store.find(id);
        const isTheirs = row?.kind === 'exact_call' && row.userId === userId && row.appId === clientId;
        if (!isTheirs || row.state !== 'approved' || row.identityId === null) return [];
        const content = await seal.open(id, row.content, row.seen);
        return content?.call ? [approvedDetailOf(id, row.identityId, content.call)] : [];
      });
      return (await Promise.all(details)).flat();
    },
    async deny({ userId, clientId }, calls) {
      for (const { connection, method } of calls.map(({ call }) => call)) {
        const detail = { kind: 'exact_call', method };
        await events.record({ type: 'approval.denied', userId, appId: clientId, connection, detail });
      }
    },
  };
}

function approvedDetailOf(identifier: string, identity: string, call: WrittenCall): ApprovedDetail {
  const { connection, method, path, query, body } = call;
  return {
    type: callType,
    identifier,
    connection,
    identity,
    method,
    path,
    ...(query !== '' && { query }),
    ...(body !== null && { body_digest: createHash('sha256').update(body).digest('base64url') }),
  };
}

/** Returns the call as it would be sent, or the field for which the proxy would refuse it. */
function written(
  detail: CallDetail,
  { connection, policy }: { readonly connection: Connection; readonly policy: ConnectionPolicy },
): Pick<AskedCall, 'call' | 'isJson'> | CallFault {
  const { method, path, query } = detail;
  const { text: body, isJson } = writtenBody(detail.body);
  if (body !== null && !body.isWellFormed()) return { field: 'body', fault: 'is not valid Unicode' };
  if (body !== null && Buffer.byteLength(body) > mostBytes)
    return { field: 'body', fault: `is longer than ${mostBytes} bytes` };
  const headers = pinnedHeaders(detail.headers, body, isJson);
  const { transport, slashInNames } = connection.connector;
  const { api } = connection.registration.endpoints;
  if (!isFine(() => targetOf(api, { path, query: '', slashInNames })))
    return { field: 'path', fault: 'is no plain path below the base of the API' };
  let judged: ReturnType<typeof judge>;
  try {
    const call = { identityId: '', connection: connection.alias, method, path, query, headers, body };
    judged = judge(call, { connection, policy });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.code === 'connection_not_allowed'
      ? { field: 'path', fault: 'with this method is not allowed by the policy of this app' }
      : { field: 'query', fault: 'is not allowed' };
  }
  const missing = Object.keys(headers).find((name) => judged.call.headers[name] !== headers[name]);
  if (missing !== undefined) return { field: 'headers', fault: 'has one that the proxy does not pass' };
  const upload = { kind: 'kept', bytes: new TextEncoder().encode(body ?? '') } as const;
  const token = transport.in === 'query' ? transport.name : undefined;
  if (!isFine(() => checkBody(upload, new Headers(headers), token)))
    return { field: 'body', fault: 'has a parameter that the proxy does not pass' };
  return { call: judged.call, isJson };
}

function isFine(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

const gone = {
  en: 'The account of this call is no longer there. Nothing was done.',
  zh: '此操作所用的账号已不存在，操作未执行。',
};
