import { after, type Clock, days, hours } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { isId } from '../kit/ids.ts';
import { Problem, retryAfter } from '../kit/problem.ts';
import type { Connections } from '../login/connections.ts';
import type { ConnectionPolicy } from '../retrieval/permission.ts';
import type { ContentSeal } from './approval-content.ts';
import { digestOfCall } from './approval-content.ts';
import type { ApprovalStore } from './approval-store.ts';
import { type Approvals, aboutOf, detailOf } from './approvals.ts';
import type { Brakes } from './limits.ts';
import type { Permissions } from './permissions.ts';
import { type AgentCall, type AgentPair, type AgentPermission, isRead, type StoredCalls } from './ports.ts';
import type { ReadStore } from './read-store.ts';
import { type JudgedCall, judge } from './write-rules.ts';

/** A read of another account counts so long. */
const remembersReads = days(1);

export interface StoredCallsDeps {
  readonly store: ApprovalStore;
  readonly seal: ContentSeal;
  readonly approvals: Approvals;
  readonly permissions: Pick<Permissions, 'of' | 'groundOf'>;
  readonly reads: ReadStore;
  readonly connections: Pick<Connections, 'find'>;
  readonly policyOf: (clientId: string, connectionId: string) => Promise<ConnectionPolicy | undefined>;
  readonly brakes: Brakes;
  /** Resolves when no approval that was used may come back any more. */
  readonly settled?: (() => Promise<void>) | undefined;
  readonly events: Pick<Events, 'record'>;
  readonly clock: Clock;
}

export function createStoredCalls(deps: StoredCallsDeps): StoredCalls {
  const { store, seal, approvals, permissions, reads, events, clock, brakes } = deps;

  async function judged({ userId, clientId, ...call }: AgentPair & AgentCall) {
    const connection = await deps.connections.find(call.connection);
    const policy = connection && (await deps.policyOf(clientId, connection.id));
    if (!connection || !policy) throw new Problem('connection_not_allowed');
    const result = judge(call, { connection, policy });
    const place = { userId, clientId, connectionId: connection.id, identityId: call.identityId };
    return { ...result, place, digest: digestOfCall(place, result.call) };
  }

  async function requireRoom(pair: AgentPair, isAsked: boolean): Promise<void> {
    const now = clock.now();
    const since = { now, made: after(now, -hours(1)), used: after(now, -days(1)) };
    const { pending, made, used } = await store.counts(pair, since);
    const refuse = (detail: string, wait: number) => {
      throw new Problem('too_many_requests', { detail, headers: retryAfter(wait) });
    };
    if (used >= brakes.writesADay) refuse('The daily number of approved calls is used up.', hours(1));
    if (isAsked && pending >= brakes.waiting)
      refuse('The person has to decide on the earlier calls first.', hours(1) / 60);
    if (isAsked && made >= brakes.questionsAnHour) refuse('Too many questions to the person.', hours(1) / 6);
  }

  /** A client that has read one account may carry what it read into another, so that such a write always asks. */
  async function sparesQuestion(
    { place, approval }: JudgedCall & { readonly place: AgentPair & { readonly identityId: string } },
    { mode }: AgentPermission,
  ): Promise<'rule' | 'mode' | undefined> {
    if (approval === 'always') return undefined;
    if (approval === undefined && mode !== 'write') return undefined;
    const since = after(clock.now(), -remembersReads);
    if (await reads.hasReadElsewhere(place, place.identityId, since)) return undefined;
    return approval === 'never' ? 'rule' : 'mode';
  }

  return {
    async request({ reason, ...ask }) {
      const call = await judged(ask);
      const permission = await permissions.of(call.place);
      if (!mayAsk(permission, ask)) throw notPermitted(permission);
      const decidedBy = await sparesQuestion(call, permission);
      const known = await store.findOpen(ask, call.digest, clock.now());
      // One that no person has decided counts as long as it would be made in the same way now.
      const isByPerson = known?.decidedBy === 'person';
      const isSame = known?.state === 'pending' ? decidedBy === undefined : decidedBy !== undefined;
      if (known && (isByPerson || isSame)) return approvals.answer(known);
      await requireRoom(ask, decidedBy === undefined);
      const content = { call: call.call, reason };
      const { place, digest } = call;
      return await approvals.ask({
        kind: 'call',
        ...place,
        connection: ask.connection,
        digest,
        content,
        decidedBy,
      });
    },
    async find(id, { userId, clientId }) {
      const row = isId('apr', id) ? await store.find(id) : undefined;
      if (row?.kind !== 'call' || row.userId !== userId || row.appId !== clientId) return undefined;
      return approvals.answer(row);
    },
    async take(id, ask) {
      await deps.settled?.();
      const row = isId('apr', id) ? await store.find(id) : undefined;
      const now = clock.now();
      const refuse = async (why: string) => {
        // The owner learns of it, who need not be the person of this request.
        const about = row ? aboutOf(row) : { userId: ask.userId, appId: ask.clientId };
        const detail = { approval: id.slice(0, 40), why, client: ask.clientId };
        await events.record({ type: 'approval.refused', ...about, detail });
        return undefined;
      };
      if (row?.kind !== 'call') return await refuse('unknown');
      if (row.userId !== ask.userId) return await refuse('other_person');
      if (row.appId !== ask.clientId) return await refuse('other_client');
      const call = await judged(ask);
      if (call.digest !== row.digest) return await refuse('other_call');
      if (row.state !== 'approved' || row.expiresAt <= now) return await refuse(row.state);
      const content = await seal.open(id, row.content, row.seen);
      if (!content?.call || digestOfCall(call.place, content.call) !== row.digest)
        return await refuse('changed');
      const ground = await permissions.groundOf(ask);
      if (!ground || ground.at > row.createdAt) return await refuse('consent_ended');
      const permission = await permissions.of(call.place);
      if (!mayAsk(permission, ask)) return await refuse('permission_ended');
      const isByPerson = row.decidedBy === 'person';
      if (!isByPerson && !(await sparesQuestion(call, permission))) return await refuse('permission_ended');
      if (!(await store.change(row, { state: 'used', usedAt: now, content: null })))
        return await refuse('used');
      const detail = { ...detailOf({ id, kind: 'call', content }), by: row.decidedBy };
      await events.record({ type: 'approval.used', ...aboutOf(row), connection: ask.connection, detail });
      const { api: _api, ...stored } = content.call;
      const pair = { userId: ask.userId, clientId: ask.clientId };
      return { ...pair, identityId: ask.identityId, ...stored, reason: content.reason ?? '' };
    },
  };
}

/** A person who lets an agent only read is asked about reads alone. */
function mayAsk({ mode }: AgentPermission, call: AgentCall): boolean {
  return mode === 'ask' || mode === 'write' || (mode === 'read' && isRead(call));
}

function notPermitted({ mode, url }: AgentPermission): Problem {
  const detail =
    mode === 'read'
      ? 'The person lets this agent read, and not write.'
      : 'The person does not let this agent use the account, or no longer does.';
  return new Problem('consent_required', { detail, members: { consent_url: url } });
}
