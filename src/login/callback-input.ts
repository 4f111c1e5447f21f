import { z } from 'zod';
import { Problem } from '../kit/problem.ts';

const parameter = z.string().min(1).max(4096);

/** What may come back from a provider. A parameter that comes twice is an array, and refused (RFC 6749 section 3.1). */
const callback = z
  .object({
    state: parameter,
    code: parameter.optional(),
    error: parameter.optional(),
    iss: parameter.optional(),
  })
  .refine(({ code, error }) => code === undefined || error === undefined, {
    error: 'code and error exclude each other',
  });

export type CallbackInput = z.infer<typeof callback>;

/** @throws Problem invalid_request */
export function parseCallback(parameters: unknown): CallbackInput {
  const parsed = callback.safeParse(parameters);
  if (!parsed.success) {
    throw new Problem('invalid_request', {
      detail: 'This sign-in response is incomplete or malformed. Start again from the app.',
      privateDetail: parsed.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`).join('; '),
    });
  }
  return parsed.data;
}
