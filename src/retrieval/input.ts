import { z } from 'zod';
import { Problem } from '../kit/problem.ts';

/** Digits only: `Number('')` is 0, which would ask for less than the default. */
const wholeSeconds = (most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be whole seconds')
    .transform(Number)
    .refine((given) => given <= most, `must be at most ${most}`)
    .meta({ override: { type: 'integer', minimum: 0, maximum: most } });

const scopes = z
  .string()
  .max(4096)
  .transform((text) => text.split(/[ ,]+/).filter(Boolean));

export const tokenQuery = z.object({
  min_ttl: wholeSeconds(86_400).default(60).describe('Seconds the token shall live at least'),
  scope: scopes.optional().describe('Space-separated upstream scopes the token must carry'),
  force: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true`: refresh although the token is fresh; rate limited'),
});

// The reason is stored for people to read, and PostgreSQL cannot store NUL.
export const backgroundReason = z
  .string('must be given once')
  .trim()
  .min(1, 'must say why')
  .max(256, 'must have at most 256 characters')
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must be plain text');

/** @throws Problem invalid_request naming the first wrong parameter. */
export function parseQuery<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Problem('invalid_request', {
    detail: `${issue?.path.join('.') || 'request'}: ${issue?.message}`,
  });
}
