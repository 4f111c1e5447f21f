import { z } from 'zod';
import { Problem } from '../../kit/problem.ts';

/** @throws Problem 422 that names each field. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const [first] = errors;
  throw new Problem('invalid_body', {
    ...(first && { detail: `${first.path || 'body'}: ${first.message}` }),
    members: { errors },
  });
}

export function refuse(path: string, message: string): Problem {
  return new Problem('invalid_body', {
    detail: `${path}: ${message}`,
    members: { errors: [{ path, message }] },
  });
}

/** A page of a list, in order of making; the cursor is the id that the one before ended with. */
export const pageOf = z.object({
  // One more than a page of 200: whether there is another page is found out by reading on.
  limit: z.int().min(1).max(201),
  cursor: z.string().refine(isPlainId, 'is no id').optional(),
});

export type ListPage = z.input<typeof pageOf>;

/** NUL is no character of a PostgreSQL text, and no control character belongs in a name. */
export const text = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');

/** Whether it is worth looking for: an address or a client may bring anything. */
export function isPlainId(id: string): boolean {
  return /^[\w-]{1,64}$/.test(id);
}
