import type { AdminCaller } from '../admin/caller.ts';
import type { EditHeaders } from '../admin/edit-headers.ts';
import type { Operation } from '../admin/operation.ts';
import type { Perform, Performed } from '../admin/perform.ts';

/** The input of a call. The parameters are those in the path of the operation. */
export interface CallInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly reason?: string | undefined;
  /** Of a change to the configuration: the version that the form was made from, and the tool that keeps the item. */
  readonly edit?: EditHeaders;
}

/**
 * The admin API as the signed-in person, run in this process. A page has no other way to data, so it can do what the API can
 * do and nothing else. Operations are named by method and path, e.g. `GET /users/{user}`.
 */
export interface Calls {
  /** Whether the API has the operation, and the caller may use it. */
  offers(name: string): boolean;
  /** Whether the operation needs a fresh sign-in and a reason, at least for some input. */
  isDangerous(name: string): boolean;
  /** @throws Problem as the API answers it */
  read<Answer>(name: string, input?: CallInput): Promise<Answer>;
  /** Makes a change. Under ADMIN_APPROVALS it may wait for another owner. @throws Problem */
  change(name: string, input?: CallInput): Promise<Performed>;
}

export interface CallParts {
  readonly operations: readonly Operation[];
  readonly perform: Perform;
}

export function createCalls({ operations, perform }: CallParts): (caller: AdminCaller) => Calls {
  const byName = new Map(operations.map((one) => [`${one.method.toUpperCase()} ${one.path}`, one]));

  return (caller) => {
    async function run(name: string, input: CallInput = {}) {
      const { params = {}, query = {}, body, reason, edit } = input;
      const operation = byName.get(name);
      if (!operation) throw new Error(`the admin API has no ${name}`);
      return await perform(operation, { params, query, body, caller, reason, edit });
    }
    return {
      offers(name) {
        const operation = byName.get(name);
        return operation !== undefined && caller.rights.may(operation.needs);
      },
      isDangerous: (name) => byName.get(name)?.dangerous === true,
      async read<Answer>(name: string, input?: CallInput) {
        const performed = await run(name, input);
        if (!performed.done) throw new Error(`${name} waits for an approval, so it reads nothing`);
        return performed.answer as Answer;
      },
      change: run,
    };
  };
}
