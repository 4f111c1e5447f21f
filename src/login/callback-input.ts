import { z } from 'zod';

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

export type CallbackInput = z.infer<typeof callback>;

/**
 * What may come back from a provider; undefined when it is malformed. A parameter that comes twice is refused (RFC 6749
 * section 3.1), which a parser that stops counting at some number would not notice.
 */
export function parseCallback(parameters: URLSearchParams): CallbackInput | undefined {
  const names = [...parameters.keys()];
  if (names.length > mostParameters || new Set(names).size < names.length) return undefined;
  return callback.safeParse(Object.fromEntries(parameters)).data;
}
