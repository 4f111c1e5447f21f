import { z } from 'zod';
import type { Callback } from '../connectors/contract/registration.ts';

const parameter = z.string().min(1).max(4096);

const callback = z
  .object({
    state: parameter,
    code: parameter.optional(),
    error: parameter.optional(),
    iss: parameter.optional(),
  })
  .refine(({ code, error }) => code === undefined || error === undefined);

const mostParameters = 50;

/** The further parameters, which a connector may read. */
const further = z.record(z.string().max(256), z.string().max(16_384));

export type CallbackInput = z.infer<typeof callback> & { readonly all: Callback };

/**
 * Returns the checked parameters of a callback, or undefined if they are malformed. A repeated parameter is
 * refused (RFC 6749 section 3.1). Parsers with a limit on the number of parameters would not notice one
 * beyond it.
 */
export function parseCallback(parameters: URLSearchParams, codeName = 'code'): CallbackInput | undefined {
  const names = [...parameters.keys()];
  if (names.length > mostParameters || new Set(names).size < names.length) return undefined;
  const all = further.safeParse(Object.fromEntries(parameters)).data;
  if (!all) return undefined;
  const { data } = callback.safeParse({ ...all, code: all[codeName] ?? all.code });
  return data && { ...data, all };
}
