import type { Request } from 'express';
import { z } from 'zod';
import { line } from '../kit/localized.ts';
import { Problem } from '../kit/problem.ts';

/** The headers of a change to the configuration. */
export interface EditHeaders {
  /** The version of the item that the caller has seen. Undefined: any. */
  readonly ifMatch?: string | undefined;
  /** The tool that keeps the item; null: none from now on. Undefined: the caller is no such tool. */
  readonly managedBy?: string | null | undefined;
  /** Whether an item that another tool keeps is changed nevertheless. Undefined: the caller does not know of tools. */
  readonly override?: 'yes' | 'no' | undefined;
}

/** The name of a tool, e.g. `terraform/prod`. */
export const managerName = line(64).regex(
  /^[\w.:@/-]+$/,
  'must be letters, digits and . : @ / _ -, e.g. terraform/prod',
);

export const editHeaderShape = z.object({
  'If-Match': z
    .string()
    .optional()
    .describe('The `version` that you have seen, e.g. `"7"`; another one answers 409 `conflict`'),
  'Symbolon-Managed-By': z
    .string()
    .optional()
    .describe('The tool that keeps the item, e.g. `terraform/prod`; empty: none from now on'),
  'Symbolon-Managed-Override': z
    .enum(['yes', 'no'])
    .optional()
    .describe('An item that another tool keeps: `yes` changes it, `no` answers 409 `conflict` with its name'),
});

/** @throws Problem invalid_request */
export function editHeadersOf(request: Pick<Request, 'get'>): EditHeaders {
  const [ifMatch, managedBy, override] = Object.keys(editHeaderShape.shape).map((name) => request.get(name));
  return {
    ifMatch: ifMatch === undefined ? undefined : versionIn(ifMatch),
    managedBy: managedBy === undefined ? undefined : managerIn(managedBy),
    override: override === undefined ? undefined : choiceIn(override),
  };
}

/** RFC 9110 section 13.1.1: a strong tag. Undefined for `*`, which any version satisfies. */
function versionIn(header: string): string | undefined {
  if (header.trim() === '*') return undefined;
  const version = /^(?:"([\w-]{1,64})"|([\w-]{1,64}))$/.exec(header.trim());
  if (!version) throw new Problem('invalid_request', { detail: 'If-Match: must be one version, e.g. "7"' });
  return version[1] ?? version[2];
}

function managerIn(header: string): string | null {
  if (header.trim() === '') return null;
  const name = managerName.safeParse(header);
  if (name.success) return name.data;
  const message = name.error.issues[0]?.message ?? 'is not valid';
  throw new Problem('invalid_request', { detail: `Symbolon-Managed-By: ${message}` });
}

function choiceIn(header: string): 'yes' | 'no' {
  if (header === 'yes' || header === 'no') return header;
  throw new Problem('invalid_request', { detail: 'Symbolon-Managed-Override: must be yes or no' });
}
