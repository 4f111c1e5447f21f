import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { Problem } from '../kit/problem.ts';
import { type Edit, requireVersion, StaleVersion } from '../kit/versions.ts';
import type { EditHeaders } from './edit-headers.ts';

/** The members of an answer about an item that tools and people change. */
export const editedFields = {
  version: z
    .number()
    .int()
    .describe('Each change raises it; send it as `If-Match`, so that no change is lost'),
  managed_by: z
    .string()
    .nullable()
    .describe('The tool that keeps the item, as in `Symbolon-Managed-By`; null: people'),
};

/** The member of a change that releases an item from its tool. */
export const managedByField = z.null().optional().describe('Releases the item from the tool that keeps it');

interface Item {
  readonly version: number;
  readonly managedBy: string | null;
}

interface EditedCall {
  readonly edit: EditHeaders;
  /** The reason in the header or in the body. */
  readonly reason: string | undefined;
  readonly body?: { readonly managed_by?: null | undefined };
}

/**
 * Returns the conditions of the change. Callers that know of no tools change everything, and the event names the tool
 * that was passed over. A tool never takes an item from another one, unless it says so.
 * @throws StaleVersion; Problem conflict naming the other tool
 */
export function editOf({ edit, reason, body }: EditedCall, item?: Item): Edit {
  const { ifMatch, override } = edit;
  const managedBy = edit.managedBy === undefined ? body?.managed_by : edit.managedBy;
  const version = ifMatch === undefined ? undefined : numbered(ifMatch, item);
  if (item) requireVersion(item.version, { version });
  const keeper = item?.managedBy ?? null;
  if (keeper === null || keeper === managedBy) return { version, managedBy, reason };
  const isOtherTool = typeof managedBy === 'string';
  if (override === 'no' || (isOtherTool && override !== 'yes')) throw keptByOther(keeper);
  return { version, managedBy, reason, passedOver: keeper };
}

/** Any other tag is an earlier state of something else. */
function numbered(ifMatch: string, item: Item | undefined): number {
  if (/^\d{1,9}$/.test(ifMatch)) return Number(ifMatch);
  throw new StaleVersion(item?.version ?? 0);
}

function keptByOther(keeper: string): Problem {
  return new Problem('conflict', {
    detail: `${keeper} keeps this item and would undo the change. To change it anyway, send Symbolon-Managed-Override: yes`,
    members: { managed_by: keeper },
  });
}

interface Compared {
  /** The change that came too late, in the names of the API. */
  readonly mine: Readonly<Record<string, unknown>>;
  /** The names of fields whose values are never shown, e.g. `client_secret` or `options.private_key`. */
  readonly secrets?: readonly string[];
  /** Returns the item as it is now, as the API shows it. */
  readonly theirs: () => Promise<Readonly<Record<string, unknown>>>;
}

/** Passes the result on. A change that came too late is answered with both values of each field that differs. */
export async function withBothSides<T>(work: () => Promise<T>, compared: Compared): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StaleVersion)) throw error;
    const { mine, secrets = [] } = compared;
    const theirs = flat(await compared.theirs());
    const differing = [...flat(mine)].filter(
      ([name, value]) => !secrets.includes(name) && !isDeepStrictEqual(value, theirs.get(name) ?? null),
    );
    const conflicts = differing.map(([name, value]) => [
      name,
      { theirs: theirs.get(name) ?? null, mine: value },
    ]);
    throw new Problem('conflict', {
      detail: error.sentence,
      members: {
        version: error.version,
        conflicts: Object.fromEntries(conflicts),
        secrets: secrets.filter((name) => flat(mine).has(name)),
      },
      cause: error,
    });
  }
}

/** A member of an object counts as a field, as in events. */
function flat(fields: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .flatMap(([name, value]): [string, unknown][] =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.entries(value).map(([member, inner]) => [`${name}.${member}`, inner])
          : [[name, value]],
      ),
  );
}
