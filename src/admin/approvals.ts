import { z } from 'zod';
import { Problem } from '../kit/problem.ts';
import { actorKinds, runAs } from '../kit/request-context.ts';
import type { AdminCaller, CallerOf } from './caller.ts';
import { requireRecentSignIn } from './dangerous-change.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { ApprovalRow } from './people/approval-store.ts';
import type { AdminDeps } from './ports.ts';
import { idText, isoTime, timePosition } from './shapes.ts';

export const approvalAnswer = z
  .object({
    id: z.string(),
    operation: z.string().describe('Method and path, e.g. `POST /tokens`'),
    params: z.record(z.string(), z.string()).describe('The names in the path'),
    body: z.unknown().describe('What was sent, secrets left out; null: decided'),
    reason: z.string().nullable(),
    author: z.object({ kind: z.enum(actorKinds), id: z.string().nullable() }),
    state: z.enum(['pending', 'approved', 'refused', 'failed', 'expired']),
    failure: z.string().nullable().describe('failed: the code with which the approved change was refused'),
    decided_by: z.string().nullable(),
    decided_at: isoTime.nullable(),
    created_at: isoTime,
    expires_at: isoTime,
  })
  .meta({ id: 'Approval' });

const collected = z
  .object({ answer: z.unknown().describe('The answer of the operation, this once') })
  .meta({ id: 'ApprovedAnswer' });

const tag = 'Approvals';
const itemPath = '/approvals/{approval}';

export interface ApprovalParts {
  /** Returns the operation of the API with this method and path. */
  readonly operationOf: (name: string) => Operation | undefined;
  /** Returns the author as a caller with the rights of now. */
  readonly callerOf: CallerOf;
}

/** Dangerous changes that wait for a second person, under the setting ADMIN_APPROVALS. */
export function approvalOperations(
  { approvals, events }: AdminDeps,
  { operationOf, callerOf }: ApprovalParts,
): readonly Operation[] {
  const describe = (row: ApprovalRow): z.input<typeof approvalAnswer> => describeApproval(row, approvals);

  async function find(id: string): Promise<ApprovalRow> {
    const found = idText.safeParse(id).success ? await approvals.find(id) : undefined;
    if (!found) throw new Problem('not_found');
    return found;
  }

  /** @throws Problem forbidden for a token, and for the person behind the change */
  function requireSecondPerson({ actor, principal }: AdminCaller, row: ApprovalRow): void {
    if (actor.kind !== 'person')
      throw new Problem('forbidden', { detail: 'A person approves, with a sign-in of the last minutes.' });
    if (principal === row.principal)
      throw new Problem('forbidden', {
        detail: 'Another owner approves this: you, or a token of yours, asked for it.',
      });
  }

  async function decide(row: ApprovalRow, state: 'approved' | 'refused', caller: AdminCaller): Promise<void> {
    const decidedBy = caller.actor.id ?? caller.actor.kind;
    if (!(await approvals.decide(row, { state, decidedBy })))
      throw new Problem('conflict', { detail: 'This was decided, or has expired.' });
    const detail = { approval: row.id, operation: row.operation, author: row.actorId ?? row.actorKind };
    const type = state === 'approved' ? 'admin.approval_given' : 'admin.approval_refused';
    await events.record({ type, detail: { ...detail, ...(row.reason !== null && { reason: row.reason }) } });
  }

  async function carryOut(row: ApprovalRow): Promise<void> {
    const request = approvals.requestOf(row);
    const change = operationOf(row.operation);
    const author = await callerOf(row);
    if (!request || !change || !author?.rights.may(change.needs)) {
      await approvals.keepFailure(row, 'forbidden');
      throw new Problem('conflict', { detail: 'The author of this change may not make it any more.' });
    }
    const call = { params: row.params as Record<string, string>, ...request, caller: author };
    try {
      const answer = await runAs(author.actor, () =>
        change.run({ ...call, reason: row.reason ?? undefined, approval: 'given' }),
      );
      await approvals.keepAnswer(row, answer);
    } catch (error) {
      await approvals.keepFailure(row, error instanceof Problem ? error.code : 'server_error');
      throw error;
    }
  }

  return [
    operation({
      method: 'get',
      path: '/approvals',
      needs: 'admins:read',
      tag,
      summary: 'List changes that wait for approval, and those decided, the newest first',
      query: pageQuery,
      answer: listAnswer('ApprovalList', approvalAnswer),
      status: 200,
      problems: [],
      handle: ({ query }) =>
        readPage({
          query,
          position: timePosition('apv'),
          positionOf: ({ createdAt, id }: ApprovalRow) => ({ at: createdAt, id }),
          read: approvals.list,
          describe,
        }),
    }),
    operation({
      method: 'get',
      path: itemPath,
      needs: 'admins:read',
      tag,
      summary: 'Read an approval',
      answer: approvalAnswer,
      status: 200,
      problems: ['not_found'],
      handle: async ({ param }) => describe(await find(param('approval'))),
    }),
    operation({
      method: 'post',
      path: `${itemPath}/approve`,
      needs: 'admins:change',
      tag,
      summary: 'Approve a change, which is then carried out',
      description:
        'Another owner approves, with a sign-in of the last five minutes: not the author, and no token. The events of the change have the author as actor; `admin.approval_given` has both.',
      answer: approvalAnswer,
      status: 200,
      problems: ['not_found', 'conflict', 'insufficient_user_authentication'],
      async handle({ param, caller }) {
        const row = await find(param('approval'));
        requireSecondPerson(caller, row);
        requireRecentSignIn(caller);
        await decide(row, 'approved', caller);
        await carryOut(row);
        return describe(await find(row.id));
      },
    }),
    operation({
      method: 'post',
      path: `${itemPath}/refuse`,
      needs: 'admins:change',
      tag,
      summary: 'Refuse a change',
      answer: approvalAnswer,
      status: 200,
      problems: ['not_found', 'conflict'],
      async handle({ param, caller }) {
        const row = await find(param('approval'));
        await decide(row, 'refused', caller);
        return describe(await find(row.id));
      },
    }),
    operation({
      method: 'post',
      path: `${itemPath}/collect`,
      needs: 'configuration:change',
      tag,
      summary: 'Collect the answer of an approved change',
      description: 'For its author, once: it can hold a secret, e.g. a new token.',
      answer: collected,
      status: 200,
      problems: ['not_found', 'conflict'],
      async handle({ param, caller: { actor } }) {
        const row = await find(param('approval'));
        if (row.actorKind !== actor.kind || row.actorId !== actor.id) throw new Problem('forbidden');
        const answer = row.state === 'approved' ? await approvals.takeAnswer(row) : undefined;
        if (answer === undefined)
          throw new Problem('conflict', { detail: 'This is not approved, or its answer was collected.' });
        await events.record({ type: 'admin.approval_collected', detail: { approval: row.id } });
        return { answer };
      },
    }),
  ];
}

/** Returns a held change without its secrets. */
export function describeApproval(
  row: ApprovalRow,
  approvals: Pick<AdminDeps['approvals'], 'requestOf' | 'isExpired'>,
): z.input<typeof approvalAnswer> {
  // Its input was sealed with a key that was given up.
  const isLost = row.state === 'pending' && row.request === null;
  const known = approvalAnswer.shape.state.parse(isLost ? 'failed' : row.state);
  return {
    id: row.id,
    operation: row.operation,
    params: row.params as Record<string, string>,
    body: withoutSecrets(approvals.requestOf(row)?.body ?? null),
    reason: row.reason,
    author: { kind: z.enum(actorKinds).parse(row.actorKind), id: row.actorId },
    state: approvals.isExpired(row) ? 'expired' : known,
    failure: isLost ? 'key_lost' : row.failure,
    decided_by: row.decidedBy,
    decided_at: row.decidedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
  };
}

/** The names of fields and options that are write-only. */
const secretName = /secret|password|private|key$|_token$/i;

function withoutSecrets(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretName.test(name) && typeof inner === 'string' ? '[secret]' : withoutSecrets(inner),
    ]),
  );
}
