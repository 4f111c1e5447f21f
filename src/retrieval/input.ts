import { z } from 'zod';
import { Problem } from '../kit/problem.ts';

const scopes = z
  .string()
  .max(4096)
  .transform((text) => text.split(/[ ,]+/).filter(Boolean));

export const tokenQuery = z.object({
  min_ttl: z.coerce
    .number()
    .int()
    .min(0)
    .max(86_400)
    .default(60)
    .describe('Seconds the token shall live at least'),
  scope: scopes.optional().describe('Space-separated upstream scopes the token must carry'),
  force: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true`: refresh although the token is fresh; rate limited'),
});

// It is kept for people to read, in a database that knows no NUL.
export const backgroundReason = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must be plain text');

/** @throws Problem invalid_request naming the first parameter that is wrong. */
export function parseQuery<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Problem('invalid_request', {
    detail: `${issue?.path.join('.') || 'request'}: ${issue?.message}`,
  });
}
