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

/** What the provider's own file may read besides. */
const further = z.record(z.string().max(256), z.string().max(16_384));

export type CallbackInput = z.infer<typeof callback> & { readonly all: Callback };

/**
 * What may come back from a provider; undefined when it is malformed. A parameter that comes twice is refused (RFC 6749
 * section 3.1), which a parser that stops counting at some number would not notice.
 */
export function parseCallback(parameters: URLSearchParams, codeName = 'code'): CallbackInput | undefined {
  const names = [...parameters.keys()];
  if (names.length > mostParameters || new Set(names).size < names.length) return undefined;
  const all = further.safeParse(Object.fromEntries(parameters)).data;
  if (!all) return undefined;
  const { data } = callback.safeParse({ ...all, code: all[codeName] ?? all.code });
  return data && { ...data, all };
}
