import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { isId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection, Connections } from '../login/connections.ts';
import type { ConnectionPolicy, Permitted } from '../retrieval/permission.ts';
import {
  type ApprovedCall,
  type ApprovedCalls,
  callNotApproved,
  type NotApproved,
  type RepeatedCall,
} from '../retrieval/proxy/approved-call.ts';
import { outgoingOf } from '../retrieval/proxy/outgoing.ts';
import type { ContentSeal, WrittenCall } from './approval-content.ts';
import { writtenCall } from './approval-content.ts';
import type { ApprovalRow, ApprovalStore } from './approval-store.ts';
import { aboutOf } from './approvals.ts';
import { digestsOf, neutralOf, pinnedOf } from './exact-call-form.ts';
import type { Permissions } from './permissions.ts';

export interface ApprovedCallDeps {
  readonly store: ApprovalStore;
  readonly seal: ContentSeal;
  readonly permissions: Pick<Permissions, 'groundOf'>;
  readonly connections: Pick<Connections, 'findById'>;
  readonly appPolicyOf: (clientId: string, connectionId: string) => Promise<ConnectionPolicy | undefined>;
  /** Resolves when no approval that was used may come back any more. */
  readonly settled?: (() => Promise<void>) | undefined;
  readonly events: Pick<Events, 'record'>;
  readonly clock: Clock;
}

type Row = ApprovalRow & { readonly connectionId: string; readonly identityId: string };

/** Finds the call that a token lets through, by the digest of the request, and lets it through once. */
export function createApprovedCalls(deps: ApprovedCallDeps): ApprovedCalls {
  const { store, seal, permissions, connections, events, clock } = deps;

  async function rowsOf(ids: readonly string[], pair: { userId: string; clientId: string }) {
    const rows = await Promise.all(ids.filter((id) => isId('apr', id)).map(store.find));
    return rows.flatMap((row) =>
      row?.kind === 'exact_call' && row.userId === pair.userId && row.appId === pair.clientId && isPlaced(row)
        ? [row]
        : [],
    );
  }

  /** Returns the call as it arrived, in the form that the person has read; undefined: no person has read such a call. */
  async function repeatedOf(
    { headers, body, ...call }: RepeatedCall,
    clientId: string,
    connection: Connection,
  ): Promise<WrittenCall | undefined> {
    const policy = await deps.appPolicyOf(clientId, connection.id);
    if (!policy) throw new Problem('connection_not_allowed');
    const outgoing = outgoingOf({ connection, policy } as Permitted, { ...call, headers });
    const text = textOf(body);
    const { api } = connection.registration.endpoints;
    return writtenCall.safeParse({
      ...call,
      api,
      connection: connection.alias,
      headers: pinnedOf(headers, outgoing.headers),
      body: text,
    }).data;
  }

  function stateOf({ state, expiresAt }: Row): NotApproved | undefined {
    if (state === 'used') return 'used';
    if (expiresAt <= clock.now()) return 'expired';
    return state === 'approved' ? undefined : 'ended';
  }

  async function use(row: Row, connection: string, method: string): Promise<void> {
    const ground = await permissions.groundOf({ userId: row.userId, clientId: row.appId });
    if (!ground) throw callNotApproved('ended');
    const now = clock.now();
    if (row.expiresAt <= now) throw callNotApproved('expired');
    if (!(await store.change(row, { state: 'used', usedAt: now, content: null })))
      throw callNotApproved('used');
    const detail = { approval: row.id, kind: row.kind, method, by: row.decidedBy };
    await events.record({ type: 'approval.used', ...aboutOf(row), connection, detail });
  }

  return {
    async find({ userId, clientId, approvals }, request) {
      await deps.settled?.();
      const rows = await rowsOf(approvals, { userId, clientId });
      const placed = await Promise.all(
        rows.map(async (row) => ({ row, connection: await connections.findById(row.connectionId) })),
      );
      const here = placed.flatMap(({ row, connection }) =>
        connection && [row.identityId, connection.alias].includes(request.ref) ? [{ row, connection }] : [],
      );
      const [first] = here;
      if (!first) return undefined;
      const { connection } = first;
      const call = await repeatedOf(request, clientId, connection);
      const same = here.filter(({ row }) => {
        const { connectionId, identityId } = row;
        const place = { userId, clientId, connectionId, identityId };
        return call !== undefined && digestsOf(place, call).includes(row.digest);
      });
      const open = same.find(({ row }) => stateOf(row) === undefined)?.row;
      if (!open) {
        const [known] = same;
        return { why: (known && stateOf(known.row)) ?? 'differs', connection };
      }
      const content = await seal.open(open.id, open.content, open.seen);
      // Another hand has changed it.
      if (!content?.call) return { why: 'ended', connection };
      const { headers, body, method } = content.call;
      return {
        connection,
        identityId: open.identityId,
        headers: { ...neutralOf(request.headers), ...headers },
        body,
        use: () => use(open, connection.alias, method),
      } satisfies ApprovedCall;
    },
  };
}

function isPlaced(row: ApprovalRow): row is Row {
  return row.connectionId !== null && row.identityId !== null;
}

/** Returns the body as text, null for none; a body that is no text differs from each that a person can read. */
function textOf(bytes: Uint8Array): string | null | undefined {
  if (bytes.length === 0) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
