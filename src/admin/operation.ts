import { z } from 'zod';
import { parseInput } from '../issuance/registry/input.ts';
import type { ProblemKind } from '../kit/problem-kinds.ts';
import type { Secret } from '../kit/secret.ts';
import { parseQuery } from '../retrieval/input.ts';
import type { AdminCaller } from './caller.ts';
import type { DangerousCall } from './dangerous-change.ts';
import type { EditHeaders } from './edit-headers.ts';
import { namesOf, requireSearchByName } from './names-only.ts';
import type { Permission } from './roles.ts';

/** One operation of the API. The same declaration serves it and describes it in the reference. */
export interface Operation extends AdminDescription {
  run(call: RawCall): Promise<unknown>;
}

export interface Description {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** The path, with `{names}` for its parameters. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Absent: the operation answers 204. */
  readonly answer?: z.ZodType;
  readonly status: 200 | 201 | 204;
  /** Problem codes beside those that every operation may answer. */
  readonly problems: readonly ProblemKind[];
}

/** An operation of the admin API, beside those of `/v1` in the reference. */
export interface AdminDescription extends Description {
  readonly needs: Permission;
  /** It asks `requireDangerous`, at least for some input. */
  readonly dangerous?: true;
  /** It changes an item with a version, which a tool may keep. */
  readonly edits?: true;
  /** Its answer is a `Download`. */
  readonly file?: true;
  /** Its body may hold a picture. */
  readonly large?: true;
}

export interface RawCall {
  readonly params: Readonly<Record<string, string | string[]>>;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: AdminCaller;
  /** The reason in the header. */
  readonly reason: string | undefined;
  readonly approval: DangerousCall['approval'];
  readonly edit?: EditHeaders | undefined;
  readonly given?: Given | undefined;
}

/** Values that `symbolon config apply` takes from a file, and no request can bring. */
export interface Given {
  /** The client id of a new app. */
  readonly id?: string;
  readonly secret?: Secret;
}

interface Call<Query, Body> extends DangerousCall {
  param(name: string): string;
  readonly query: Query;
  readonly body: Body;
  readonly edit: EditHeaders;
  readonly given: Given;
}

interface Declaration<Query extends z.ZodObject, Body extends z.ZodObject, Answer extends z.ZodType>
  extends AdminDescription {
  readonly query?: Query;
  readonly body?: Body;
  readonly answer?: Answer;
  handle(call: Call<z.output<Query>, z.output<Body>>): Promise<z.input<Answer>>;
}

/**
 * Returns the operation. Input is parsed before `handle`, and the answer is reduced to the fields that its
 * schema names.
 */
export function operation<
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodObject = z.ZodObject,
  Answer extends z.ZodType = z.ZodVoid,
>({ handle, ...about }: Declaration<Query, Body, Answer>): Operation {
  const { query, body, answer } = about;
  return {
    ...about,
    async run(raw) {
      // Without a schema the operation takes no input, as the default of the type parameter says.
      const parsed = parseInput(body ?? nothing, body ? raw.body : {}) as z.output<Body>;
      const asked = parseQuery(query ?? nothing, raw.query) as z.output<Query>;
      const namesOnly = raw.caller.rights.namesOnly && about.needs === 'configuration:read';
      if (namesOnly) requireSearchByName(asked);
      const result = await handle({
        param: (name) => String(raw.params[name]),
        query: asked,
        body: parsed,
        caller: raw.caller,
        reason: typeof parsed.reason === 'string' ? parsed.reason : raw.reason,
        approval: raw.approval,
        edit: raw.edit ?? {},
        given: raw.given ?? {},
      });
      const shown = answer?.parse(result);
      return namesOnly ? namesOf(shown) : shown;
    },
  };
}

const nothing = z.strictObject({});
