import type { z } from 'zod';
import { type approvalAnswer, describeApproval } from './approvals.ts';
import { requirePermission } from './authorize.ts';
import { requireStorable } from './body.ts';
import type { AdminCaller } from './caller.ts';
import { ApprovalMissing } from './dangerous-change.ts';
import type { EditHeaders } from './edit-headers.ts';
import type { Operation } from './operation.ts';
import type { Approvals } from './people/approvals.ts';
import type { NoteView } from './person-view.ts';

/** The input of one call, from a request or from a page of the console. */
export interface OperationInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: AdminCaller;
  readonly reason: string | undefined;
  /** The version that the caller has seen, and the tool that keeps the item. */
  readonly edit?: EditHeaders | undefined;
}

/** Either the answer, or the approval for which the change waits. */
export type Performed =
  | { readonly done: true; readonly answer: unknown }
  | { readonly done: false; readonly approval: z.input<typeof approvalAnswer> };

/** Runs an operation as its caller. Under ADMIN_APPROVALS a dangerous change is held. @throws Problem */
export type Perform = (operation: Operation, input: OperationInput) => Promise<Performed>;

export interface PerformParts {
  readonly approvals: Approvals;
  readonly noteView: NoteView;
}

/** Returns the one way in which requests and pages of the console run operations. */
export function createPerform({ approvals, noteView }: PerformParts): Perform {
  return async (operation, input) => {
    const { run, method, path, needs } = operation;
    requirePermission(input.caller, needs);
    requireStorable(input.body);
    try {
      const approval = approvals.needed ? 'missing' : 'not needed';
      const answer = await run({ ...input, approval });
      await noteView(operation, input);
      return { done: true, answer };
    } catch (error) {
      if (!(error instanceof ApprovalMissing)) throw error;
      const { caller, params, query, body, edit } = input;
      const name = `${method.toUpperCase()} ${path}`;
      const change = { operation: name, params, query, body, reason: error.reason, edit };
      const held = await approvals.hold(change, caller);
      return { done: false, approval: describeApproval(held, approvals) };
    }
  };
}
