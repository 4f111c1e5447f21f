import { z } from 'zod';
import { after, type Clock, days, hours } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import { newId } from '../../kit/ids.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../../kit/keys/sealed-column.ts';
import type { AdminCaller } from '../caller.ts';
import type { EditHeaders } from '../edit-headers.ts';
import type { ApprovalRow, ApprovalStore, Decision } from './approval-store.ts';

/** The time in which another owner can approve a change. */
const approvalLife = hours(24);

/** Decided ones are kept so long. The audit log has them for longer. */
const keptFor = days(30);

/** Dangerous changes that wait for another owner. Their input is sealed, since it can have secrets. */
export interface Approvals {
  /** The setting ADMIN_APPROVALS. */
  readonly needed: boolean;
  hold(change: HeldChange, caller: AdminCaller): Promise<ApprovalRow>;
  /** Returns the input. Undefined: it was decided, and the input is gone. */
  requestOf(row: ApprovalRow): HeldInput | undefined;
  decide(row: ApprovalRow, decision: Omit<Decision, 'now'>): Promise<boolean>;
  keepAnswer(row: ApprovalRow, answer: unknown): Promise<void>;
  keepFailure(row: ApprovalRow, code: string): Promise<void>;
  /** Returns the answer of the change, the first time. */
  takeAnswer(row: ApprovalRow): Promise<unknown>;
  find(id: string): Promise<ApprovalRow | undefined>;
  list: ApprovalStore['list'];
  isExpired(row: ApprovalRow): boolean;
  prune(now: Date): Promise<void>;
}

export interface HeldInput {
  readonly query: unknown;
  readonly body: unknown;
  readonly edit?: EditHeaders | undefined;
}

export interface HeldChange extends HeldInput {
  /** Method and path, e.g. `POST /tokens`. */
  readonly operation: string;
  readonly params: Readonly<Record<string, string>>;
  readonly reason: string | undefined;
}

export interface ApprovalsDeps {
  readonly needed: boolean;
  readonly store: ApprovalStore;
  readonly keyring: Keyring;
  readonly events: Pick<Events, 'record'>;
  readonly clock: Clock;
}

const input = z.object({
  query: z.unknown(),
  body: z.unknown(),
  edit: z
    .object({
      ifMatch: z.string().optional(),
      managedBy: z.string().nullable().optional(),
      override: z.enum(['yes', 'no']).optional(),
    })
    .optional(),
});
const requestContext = (id: string) => `admin_approval:${id}:request`;
const answerContext = (id: string) => `admin_approval:${id}:answer`;

export function createApprovals({ needed, store, keyring, events, clock }: ApprovalsDeps): Approvals {
  return {
    needed,
    async hold({ operation, params, reason, query, body, edit }, { actor, principal }) {
      const id = newId('apv');
      const createdAt = clock.now();
      const row = await store.insert({
        id,
        operation,
        params,
        reason: reason ?? null,
        principal,
        actorKind: actor.kind,
        actorId: actor.id,
        createdAt,
        expiresAt: after(createdAt, approvalLife),
        request: sealColumn(keyring, JSON.stringify({ query, body, edit }), requestContext(id)),
      });
      const detail = { approval: id, operation, ...(reason !== undefined && { reason }) };
      await events.record({ type: 'admin.approval_requested', detail });
      return row;
    },
    requestOf({ id, request }) {
      return request ? input.parse(JSON.parse(openColumn(keyring, request, requestContext(id)))) : undefined;
    },
    decide: ({ id }, decision) => store.decide(id, { ...decision, now: clock.now() }),
    async keepAnswer({ id }, answer) {
      const sealed = sealColumn(keyring, JSON.stringify(answer ?? null), answerContext(id));
      await store.settle(id, { answer: sealed });
    },
    keepFailure: ({ id }, failure) => store.settle(id, { failure }),
    async takeAnswer({ id }) {
      const sealed = await store.takeAnswer(id);
      return sealed && JSON.parse(openColumn(keyring, sealed, answerContext(id)));
    },
    find: store.find,
    list: store.list,
    isExpired: ({ state, expiresAt }) => state === 'pending' && expiresAt <= clock.now(),
    prune: (now) => store.removeExpired(new Date(now.getTime() - keptFor)),
  };
}
